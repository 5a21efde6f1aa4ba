"""Packages and wheels on disk: compared with what is there, and written when something differs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap

from selinon_compiler.emit import existing, records
from selinon_compiler.emit.archive import Wheel
from selinon_compiler.emit.assembly import EmittedPackage
from selinon_compiler.emit.earlier import Found
from selinon_compiler.emit.existing import OutputError
from selinon_compiler.emit.staging import interrupted, locked, make_directory, recover, replace


def read(name: str, directory: str | os.PathLike[str]) -> Found:
    """Return what an earlier build of a package left in a directory; there are no files where there was no build.

    Raises:
        OutputError: something of the package's name is there that no build wrote, or it holds such files, or a build
            was ended while it wrote.
        OSError: a file cannot be read.
    """
    root = os.fspath(directory)
    if not os.path.isdir(root):
        return Found()
    with locked(root):
        if interrupted(name, root):
            raise OutputError(
                f"a build of {os.path.join(root, name)} was ended while it wrote: the next build puts that right"
            )
        return existing.read(name, root)


def prepare(name: str, directory: str | os.PathLike[str]) -> Found:
    """Put right what an earlier build left when it was ended by force; return what `read` then does."""
    root = os.fspath(directory)
    if not os.path.isdir(root):
        return Found()
    with locked(root):
        recover(name, root)
        return existing.read(name, root)


def check(
    package: EmittedPackage,
    wheel: Wheel | None,
    directory: str | os.PathLike[str],
    found: Found | None = None,
) -> tuple[str, ...]:
    """Return the paths in the directory that differ, are missing, or are left over, sorted.

    `found` is what `read` returned, if that was called before. Raises what `read` does.
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

    `found` is what `prepare` returned, if that was called before. Returns what this changed, as `check` would have
    told it before; nothing is written when that is nothing. Files that differ are replaced, one by one; after an
    error all is as before. Nothing else in the directory is touched. Modes do not depend on the umask.

    Raises:
        OutputError: something of the package's name is there that no build wrote, or it holds such
            files.
        OSError: the directory cannot be written.
    """
    root = os.fspath(directory)
    files = prepare(package.name, root) if found is None else found
    changes = _differences(package, wheel, files, root)
    make_directory(root)
    with locked(root):
        recovered = recover(package.name, root)
        if recovered or not _is_current(files, os.path.join(root, package.name)):
            files = existing.read(package.name, root)
            changes = _differences(package, wheel, files, root)
        if changes:
            replace(package.name, package.files, files, wheel, root)
    return changes


def _is_current(found: Found, package: str) -> bool:
    """Return whether what was found is still there: another build may have written since, or even then."""
    if not found.files:
        return not os.path.lexists(package)
    # If its seal does not fit, it may be some of one build, and some of another.
    if not found.earlier.files or os.path.islink(package):
        return False
    stamps = (records.MANIFEST, records.SOURCES, records.PARTS)
    return all(_read(os.path.join(package, stamp)) == found.files.get(stamp) for stamp in stamps)


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
    try:
        with open(file, "rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
            end = 0
            for piece in pieces if len(content) == size else ():
                start, end = end, end + len(piece)
                if content[start:end] != piece:
                    return False
            return end == size
    except (FileNotFoundError, ValueError):  # another build is at work, or the file is empty
        return False
