"""Packages and wheels on disk: compared with what is there, and written when something differs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap

from selinon_compiler.emit import records
from selinon_compiler.emit.archive import Wheel
from selinon_compiler.emit.assembly import EmittedPackage
from selinon_compiler.emit.earlier import Found
from selinon_compiler.emit.existing import OutputError, read
from selinon_compiler.emit.staging import locked, make_directory, recover, replace


def prepare(name: str, directory: str | os.PathLike[str]) -> None:
    """Put right what an earlier build of a package left in a directory when it was ended by force."""
    root = os.fspath(directory)
    if os.path.isdir(root):
        with locked(root):
            recover(name, root)


def check(
    package: EmittedPackage,
    wheel: Wheel | None,
    directory: str | os.PathLike[str],
    found: Found | None = None,
) -> tuple[str, ...]:
    """Return the paths in the directory that differ, are missing, or are left over, sorted.

    `found` is what `read` returned, if that was called before. Raises OutputError as `write` does.
    """
    files = read(package.name, directory) if found is None else found
    return _differences(package, wheel, files, os.fspath(directory))


def write(
    package: EmittedPackage,
    wheel: Wheel | None,
    directory: str | os.PathLike[str],
    found: Found | None = None,
) -> tuple[str, ...]:
    """Write a package, and a wheel if there is one, into a directory.

    `found` is what `read` returned, if that was called before. Returns what this changed, as `check` would have told
    it before; nothing is written when that is nothing. The new package takes the place of an earlier build as a
    whole, or, after any error, not at all. Nothing else in the directory is touched. Modes do not depend on the umask.

    Raises:
        OutputError: something of the package's name is there that no build wrote, or it holds such
            files.
        OSError: the directory cannot be written.
    """
    changes = check(package, wheel, directory, found)
    if not changes:
        return ()
    root = os.fspath(directory)
    make_directory(root)
    with locked(root):
        recover(package.name, root)
        files = _current(package.name, root, found)
        replace(package.name, package.files, files, wheel, root)
    return changes


def _current(name: str, root: str, found: Found | None) -> Found:
    """Return what is there now: another build may have written since it was read."""
    if found is None:
        return read(name, root)
    stamps = (records.MANIFEST, records.SOURCES, records.PARTS)
    if all(_read(os.path.join(root, name, stamp)) == found.files.get(stamp) for stamp in stamps):
        return found
    return read(name, root)


def _read(file: str) -> bytes | None:
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def _differences(
    package: EmittedPackage, wheel: Wheel | None, found: Found, root: str
) -> tuple[str, ...]:
    files, there = package.files, found.files
    changes = {
        f"{package.name}/{path}"
        for path in there.keys() | files.keys()
        if path not in files or there.get(path) != files[path]
    }
    if wheel is not None and not _holds(os.path.join(root, wheel.file), wheel.pieces):
        changes.add(wheel.file)
    return tuple(sorted(changes))


def _holds(file: str, pieces: Sequence[bytes]) -> bool:
    """Return whether a file consists of these pieces; raises OutputError when it is a directory."""
    if os.path.islink(file):
        return False
    if os.path.isdir(file):
        raise OutputError(f"{file} is a directory")
    if not os.path.isfile(file):
        return False
    size = sum(map(len, pieces))
    if os.path.getsize(file) != size:
        return False
    with open(file, "rb") as stream, mmap(stream.fileno(), size, access=ACCESS_READ) as content:
        end = 0
        for piece in pieces:
            start, end = end, end + len(piece)
            if content[start:end] != piece:
                return False
    return True
