"""The back end: from a plan to a package and its wheel.

`package` and `wheel` are functions from values to values; `write` and `check` are the rim that
touches the disk.
"""

from selinon_compiler.emit.archive import Wheel, wheel
from selinon_compiler.emit.assembly import EmittedPackage, assemble, package
from selinon_compiler.emit.existing import OutputError
from selinon_compiler.emit.names import check_name, check_version
from selinon_compiler.emit.output import check, prepare, read, write

__all__ = [
    "EmittedPackage",
    "OutputError",
    "Wheel",
    "assemble",
    "check",
    "check_name",
    "check_version",
    "package",
    "prepare",
    "read",
    "wheel",
    "write",
]
