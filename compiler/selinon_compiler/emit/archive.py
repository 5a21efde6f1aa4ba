"""From the files of a package to a wheel, in memory: stored, with fixed times and modes."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping

from selinon_compiler.emit.assembly import EmittedPackage
from selinon_compiler.emit.names import distribution_name

ENTRY_POINTS = "selinon.packages"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100644
_UNIX = 3
_TAG = "py3-none-any"


def wheel(package: EmittedPackage) -> tuple[str, bytes]:
    """Return the file name and the content of the wheel of a package."""
    stem = f"{distribution_name(package.name)}-{package.version}"
    info = f"{stem}.dist-info"
    files = {f"{package.name}/{path}": content for path, content in package.files.items()}
    files[f"{info}/METADATA"] = _metadata(package)
    files[f"{info}/WHEEL"] = _lines(
        "Wheel-Version: 1.0", "Generator: selinon", "Root-Is-Purelib: true", f"Tag: {_TAG}"
    )
    files[f"{info}/entry_points.txt"] = _lines(
        f"[{ENTRY_POINTS}]", f"{package.name} = {package.name}"
    )
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    return f"{stem}-{_TAG}.whl", _archive(files)


def _metadata(package: EmittedPackage) -> bytes:
    return _lines(
        "Metadata-Version: 2.1",
        f"Name: {package.name}",
        f"Version: {package.version}",
        "Summary: Task flows compiled by Selinon",
        "Requires-Python: >=3.11",
        "Requires-Dist: selinon",
    )


def _record(files: Mapping[str, bytes], own: str) -> bytes:
    """Return the list of the files with their digests; no path has a character that CSV quotes."""
    rows = []
    for path, content in files.items():
        digest = (
            base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode("ascii").rstrip("=")
        )
        rows.append(f"{path},sha256={digest},{len(content)}")
    return _lines(*rows, f"{own},,")


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _archive(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of files in this order.

    What a compressor writes depends on its build, and an archive's own settings do not reach
    entries that are given as `ZipInfo`: so every entry says itself that it is stored, when it was
    made and by what system.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_STORED
            entry.create_system = _UNIX
            entry.external_attr = _REGULAR_FILE << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
