"""Files as the user names them: which to read, and their text."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from typing import Final

from selinon_compiler.diagnostics import Diagnostics
from selinon_compiler.frontend import codes
from selinon_compiler.source import SourceFile, Span

LARGEST: Final = 256 * 2**20
"""No file larger than this many bytes is read."""

_PIECE: Final = 2**20

_BOM: Final = b"\xef\xbb\xbf"
_OTHER_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_SUFFIXES: Final = (".yaml", ".yml")
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_source(path: str, diagnostics: Diagnostics) -> SourceFile | None:
    """Return a file's text; whatever prevents that is reported, and None is returned."""
    try:
        content = _content(path)
    except OSError as error:
        message = f"cannot read `{path}`: {error.strerror or error}"
        diagnostics.report(codes.UNREADABLE, path, message)
        return None
    except ValueError:  # NUL, or a character that names of files cannot have
        diagnostics.report(codes.UNREADABLE, path, f"cannot read `{path}`: it is not a valid path")
        return None
    try:
        return SourceFile(path, content.removeprefix(_BOM).decode("utf-8"))
    except UnicodeDecodeError as error:
        _report_encoding(path, content, error, diagnostics)
        return None


def _report_encoding(
    path: str, content: bytes, error: UnicodeDecodeError, diagnostics: Diagnostics
) -> None:
    """Report the first byte that is not UTF-8, in the text with what cannot be read replaced."""
    readable = error.object[: error.start].decode("utf-8")
    file = SourceFile(path, error.object.decode("utf-8", "replace"))
    what = (
        "UTF-16" if content.startswith(_OTHER_BOMS) else f"byte 0x{error.object[error.start]:02x}"
    )
    diagnostics.report(
        codes.ENCODING,
        Span(file, len(readable), len(readable) + 1),
        f"the file is not UTF-8: {what} stands here",
        help="save the file as UTF-8",
    )


def _content(path: str) -> bytes:
    """Return the bytes of a regular file; opening anything else could block, or change something.

    Raises:
        OSError: the file cannot be read, is not a regular file, or is too large.
        ValueError: no file can have this path.
    """
    _check(os.stat(path))
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        _check(status)  # it may be another one by now
        content = os.read(descriptor, status.st_size + 1)
        # That is all if nothing came beyond the size that was told; else the file grows, or comes in pieces.
        while len(content) != status.st_size and len(content) <= LARGEST:
            more = os.read(descriptor, min(_PIECE, LARGEST + 1 - len(content)))
            if not more:
                break
            content += more
    finally:
        os.close(descriptor)
    if len(content) > LARGEST:
        raise _too_large()
    return content


def _check(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise OSError(0, "it is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "it is not a regular file")
    if status.st_size > LARGEST:
        raise _too_large()


def _too_large() -> OSError:
    return OSError(0, f"it is larger than {LARGEST // 2**20} MiB")


def expand_flow_paths(
    paths: Iterable[str], diagnostics: Diagnostics, *, named: str | None = None
) -> list[str]:
    """Return the flow files that paths stand for, each once, under the name that was met first.

    The file that is `named`, if it is among them, keeps that name, so that what is wrong with it is
    reported once.

    A file stands for itself. A directory stands for the `.yaml` and `.yml` files in it, at any
    depth, in sorted order; hidden files and directories are skipped, links are followed. A
    directory without any is reported.
    """
    found: dict[object, str] = {}
    own = None if named is None else _identity(named)
    for path in paths:
        for file in _files_below(path, diagnostics) if os.path.isdir(path) else [path]:
            identity = _identity(file)
            found.setdefault(identity, named if named is not None and identity == own else file)
    return list(found.values())


def _identity(path: str) -> object:
    """Return what two names of one file have in common; its name when there is no such file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return path
    return (status.st_dev, status.st_ino) if status.st_ino else path


def _files_below(top: str, diagnostics: Diagnostics) -> list[str]:
    """Return the flow files in a directory; each directory is entered once, whatever links say."""
    found: list[str] = []
    entered: set[object] = set()
    complete = True
    pending = [(top, True)]
    while pending:
        path, is_directory = pending.pop()
        if not is_directory:
            found.append(path)
            continue
        identity = _identity(path)
        if identity in entered:
            continue
        entered.add(identity)
        try:
            pending.extend(_entries(path))
        except OSError as error:
            complete = False
            message = f"cannot read the directory `{path}`: {error.strerror or error}"
            diagnostics.report(codes.UNREADABLE, path, message)
    if complete and not found:
        message = f"no `.yaml` or `.yml` file in the directory `{top}`"
        diagnostics.report(codes.NO_FILES, top, message)
    return found


def _entries(directory: str) -> list[tuple[str, bool]]:
    """Return the directories and flow files in a directory, and which of the two each is; the next one at the end."""
    with os.scandir(directory) as entries:
        visible = [
            # Of a link that leads in circles, `is_dir` would raise.
            (entry.path, os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir())
            for entry in entries
            if entry.name[0] != "."
        ]
    return sorted(
        (entry for entry in visible if entry[1] or entry[0].endswith(_SUFFIXES)), reverse=True
    )
