"""From the files of a package to a wheel, in memory: stored, with fixed times and modes."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterator, Mapping

from selinon.record import Record
from selinon_compiler.emit.assembly import EmittedPackage
from selinon_compiler.emit.names import distribution_name
from selinon_compiler.emit.records import digest

ENTRY_POINTS = "selinon.packages"
_TAG = "py3-none-any"

_REGULAR_FILE = 0o100644
_VERSION = 20
_MADE_BY = 3 << 8 | _VERSION
"""A Unix system, so that the modes count."""
_TIME, _DATE = 0, 1 << 5 | 1
"""The first day of 1980."""
_MOST = 0xFFFE
_LARGEST = 0xFFFF_FFFE

_URL_SAFE = bytes.maketrans(b"+/", b"-_")

_LOCAL = b"PK\3\4"
_CENTRAL = b"PK\1\2" + _MADE_BY.to_bytes(2, "little")
_COMMON = struct.Struct("<5H3L2H")
"""Version needed, flags, method, time, date, checksum, sizes packed and unpacked, lengths of the name and of extras."""
_REST = struct.Struct("<3H2L")
"""Length of the comment, disk, internal and external attributes, offset."""
_END = struct.Struct("<4s4H2LH")
_LONG_END = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")


class Wheel(Record):
    """A wheel as it is to be written: the name of the file, and its content in pieces, which share the files' bytes."""

    file: str
    pieces: tuple[bytes, ...]

    @property
    def content(self) -> bytes:
        """Return the content as a whole."""
        return b"".join(self.pieces)


def wheel(package: EmittedPackage) -> Wheel:
    """Return the wheel of a package."""
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
    digests = {f"{package.name}/{path}": digest for path, digest in package.digests.items()}
    files[f"{info}/RECORD"] = _record(files, digests, f"{info}/RECORD")
    return Wheel(file=f"{stem}-{_TAG}.whl", pieces=_archive(files))


def _metadata(package: EmittedPackage) -> bytes:
    return _lines(
        "Metadata-Version: 2.1",
        f"Name: {package.name}",
        f"Version: {package.version}",
        "Summary: Task flows compiled by Selinon",
        "Requires-Python: >=3.11",
        "Requires-Dist: selinon",
    )


def _record(files: Mapping[str, bytes], digests: Mapping[str, str], own: str) -> bytes:
    """Return the list of the files with their digests; no path has a character that CSV quotes."""
    known = [digests.get(path) or digest(content) for path, content in files.items()]
    encoded = [binascii.b2a_base64(bytes.fromhex(text), newline=False) for text in known]
    shown = b"\n".join(encoded).translate(_URL_SAFE, b"=").decode("ascii").split("\n")
    rows = [
        f"{path},sha256={text},{len(content)}"
        for (path, content), text in zip(files.items(), shown, strict=True)
    ]
    return _lines(*rows, f"{own},,")


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _archive(files: Mapping[str, bytes]) -> tuple[bytes, ...]:
    """Return the pieces of an archive of files in this order.

    Every entry is stored, since what a compressor writes depends on its build. Raises ValueError when it would be too
    large for the plain form of the format.
    """
    pieces: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for path, content in files.items():
        name = path.encode("ascii")
        size = len(content)
        common = _COMMON.pack(
            _VERSION, 0, 0, _TIME, _DATE, binascii.crc32(content), size, size, len(name), 0
        )
        pieces += (_LOCAL, common, name, content)
        directory += (_CENTRAL, common, _REST.pack(0, 0, 0, _REGULAR_FILE << 16, offset), name)
        offset += len(_LOCAL) + len(common) + len(name) + size
    if offset > _LARGEST:
        raise ValueError(f"a wheel of {offset} bytes is larger than the format allows")
    listing = b"".join(directory)
    return (*pieces, listing, *_ends(len(files), len(listing), offset))


def _ends(count: int, size: int, offset: int) -> Iterator[bytes]:
    """Yield what stands behind the central directory; more files than a short count can tell need a long one before."""
    if count > _MOST:
        yield _LONG_END.pack(
            b"PK\6\6", _LONG_END.size - 12, _MADE_BY, 45, 0, 0, count, count, size, offset
        )
        yield _LOCATOR.pack(b"PK\6\7", 0, offset + size, 1)
    shown = min(count, _MOST)
    yield _END.pack(b"PK\5\6", 0, 0, shown, shown, size, offset, 0)
