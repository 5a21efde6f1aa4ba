"""Files as the user names them: which to read, and their text."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from selinon_compiler.diagnostics import Diagnostics
from selinon_compiler.frontend import codes
from selinon_compiler.source import SourceFile, Span

LARGEST = 256 * 2**20
"""No file larger than this many bytes is read."""

_SUFFIXES = (".yaml", ".yml")


def read_source(path: str, diagnostics: Diagnostics) -> SourceFile | None:
    """Return a file's text; whatever prevents that is reported, and None is returned."""
    try:
        content = _content(path)
    except OSError as error:
        diagnostics.report(codes.UNREADABLE, path, f"cannot read `{path}`: {error.strerror or error}")
        return None
    try:
        return SourceFile(path, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        bom = len(content) - len(error.object)  # the codec counts behind a byte order mark
        readable = content[bom:][: error.start].decode("utf-8")
        file = SourceFile(path, content[bom:].decode("utf-8", "replace"))
        diagnostics.report(
            codes.ENCODING,
            Span(file, len(readable), len(readable) + 1),
            f"the byte 0x{error.object[error.start]:02x} is not UTF-8",
            help="save the file as UTF-8",
        )
        return None


def _content(path: str) -> bytes:
    """Return the bytes of a regular file; opening anything else could block for ever."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(0, "it is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a regular file")
        if status.st_size > LARGEST:
            raise OSError(0, f"it is larger than {LARGEST // 2**20} MiB")
        return stream.read(LARGEST)


def expand_flow_paths(paths: Iterable[str], diagnostics: Diagnostics) -> list[str]:
    """Return the flow files that paths stand for.

    A file stands for itself. A directory stands for the `.yaml` and `.yml` files in it, at any depth, in sorted
    order; hidden files and directories are skipped, links are followed. A directory without any is reported.
    """
    found: list[str] = []
    for path in paths:
        if not os.path.isdir(path):
            found.append(path)
            continue
        below = list(_walk(path, frozenset()))
        if not below:
            diagnostics.report(codes.NO_FILES, path, f"no `.yaml` or `.yml` file in the directory `{path}`")
        found.extend(below)
    return list(dict.fromkeys(found))


def _walk(directory: str, above: frozenset[tuple[int, int]]) -> Iterator[str]:
    """Yield the files below a directory; a directory that is found again inside itself is not entered."""
    status = os.stat(directory)
    identity = status.st_dev, status.st_ino
    if identity in above:
        return
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if name.startswith("."):
            continue
        if os.path.isdir(path):
            yield from _walk(path, above | {identity})
        elif name.endswith(_SUFFIXES):
            yield path
