"""Emitted packages: from files to specifications, each loaded when it is first asked for.

What a file says is trusted only when its digest is the one that was written when it was built; so nothing half-written
and nothing edited by hand is ever run, and the age of a file on disk does not matter. The manifest is the only file
without a digest: it is small, and checked for its shape.
"""

from selinon.loading.files import Files, FolderFiles, MemoryFiles
from selinon.loading.package import LoadedPackage, import_package

__all__ = ["Files", "FolderFiles", "LoadedPackage", "MemoryFiles", "import_package"]
