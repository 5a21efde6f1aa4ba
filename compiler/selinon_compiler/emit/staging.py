"""Put a new build into the place of an earlier one; after an error all is as before.

All that is new is written first, into a hidden directory beside the package, which looks like the one around it. The
package of a first build is then renamed as a whole. A later build replaces only the files that differ, so that it
costs what changed: each of them moves into the hidden directory before the new one takes its place, and so does the
wheel. What a build leaves there that is ended by force is put back by the next one. While files are replaced, the
package holds an empty file by the name of the hidden directory: by it the next build knows the package again.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence

from selinon_compiler.emit.archive import Wheel
from selinon_compiler.emit.earlier import Found
from selinon_compiler.emit.existing import OutputError

_FILE_MODE = 0o644
_DIRECTORY_MODE = 0o755

_NEW, _OLD = "new", "old"
"""What is to take its place, and what was there before; the second is there as long as there is something to undo."""

_ADDED = "added"
"""Empty files in place of what was not there before."""

_DONE = "done"
"""The name of what was there before, once nothing is to be undone any more."""

_CACHE = "__pycache__"
_AT_ONCE = 1024
"""So many pieces all systems write at once."""


@contextlib.contextmanager
def locked(root: str) -> Iterator[None]:
    """Keep other builds from writing into a directory, where the system knows locks of directories."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    opened = os.open(root, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # not every file system has locks
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def interrupted(name: str, root: str) -> bool:
    """Return whether a build of a package was ended while it replaced files; the directory is to be locked."""
    return any(map(_is_begun, _left(name, root)))


def recover(name: str, root: str) -> bool:
    """Put back or remove what builds of a package left that were ended before they were done.

    The directory is to be locked, so that no build is at work in it. Returns whether something was put back. Where
    the package is no more, or is another one by now, nothing is.

    Raises:
        OutputError: something else than a directory is in the package's place, or a link in the place of one in it.
    """
    undone = False
    package = os.path.join(root, name)
    for staging in _left(name, root):
        if _is_begun(staging):
            if os.path.lexists(package) and (os.path.islink(package) or not os.path.isdir(package)):
                raise OutputError(f"{package} is not a directory")
            first = os.path.isfile(os.path.join(staging, _ADDED, name))
            if first or os.path.lexists(_marker(staging, package)):
                # That of a first build is whole, and may stay, whoever put it there.
                _undo(staging, root, name, but=name)
                undone = True
            else:
                os.rename(os.path.join(staging, _OLD), os.path.join(staging, _DONE))
        _remove(staging)
    return undone


def replace(
    name: str, files: Mapping[str, bytes], found: Found, wheel: Wheel | None, root: str
) -> None:
    """Put a package and its wheel in place of what was found there; after an error all is as before.

    The directory is to be locked. Raises OutputError when a directory is in the place of a file.
    """
    first = not os.path.isdir(os.path.join(root, name))
    changed = {
        f"{name}/{path}": text for path, text in files.items() if found.files.get(path) != text
    }
    gone = [f"{name}/{path}" for path in found.files if path not in files]
    staging = _made(name, root)
    try:
        stage = _Stage(staging)
        stage.add(_NEW, changed)
        placed = [name] if first else [*changed]
        if wheel is not None:
            stage.write(os.path.join(_NEW, wheel.file), wheel.pieces)
            placed.append(wheel.file)
        _exchange(stage, root, name, placed, gone)
        os.rename(os.path.join(staging, _OLD), os.path.join(staging, _DONE))
    except BaseException:
        if _is_begun(staging):
            _undo(staging, root, name)  # should that fail, everything stays for the next build
        with contextlib.suppress(OSError):
            _remove(staging)
        raise
    with contextlib.suppress(OSError):  # the next build removes it
        _remove(staging)


def make_directory(directory: str) -> None:
    """Make a directory, and those above it, with a mode that does not depend on the umask."""
    if not directory or os.path.isdir(directory):
        return
    make_directory(os.path.dirname(directory))
    with contextlib.suppress(FileExistsError):
        os.mkdir(directory)
        os.chmod(directory, _DIRECTORY_MODE)


def _made(name: str, root: str) -> str:
    """Make a hidden directory of a name that nobody has left."""
    for number in itertools.count(os.getpid()):
        staging = os.path.join(root, f".{name}-{number}.selinon")
        with contextlib.suppress(FileExistsError):
            os.mkdir(staging)
            os.chmod(staging, _DIRECTORY_MODE)
            break
    return staging


def _marker(staging: str, package: str) -> str:
    """Return the file in a package that says that it is the one whose files are being replaced."""
    return os.path.join(package, os.path.basename(staging))


class _Stage:
    """Files that are being written, before they take their places."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._masked: bool | None = None  # whether the umask makes files with other modes

    def add(self, kind: str, files: Mapping[str, bytes]) -> None:
        """Write files into the directory of a kind."""
        top = os.path.join(self.directory, kind)
        for folder in {"", *map(os.path.dirname, files)}:
            make_directory(os.path.join(top, folder))
        for path, content in files.items():
            self.write(f"{kind}/{path}", [content])

    def write(self, path: str, pieces: Sequence[bytes]) -> None:
        """Write a new file."""
        file = os.path.join(self.directory, path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        opened = os.open(file, flags, _FILE_MODE)
        try:
            for first in range(0, len(pieces), _AT_ONCE):
                _write(opened, pieces[first : first + _AT_ONCE])
        finally:
            os.close(opened)
        if self._masked is None:
            self._masked = stat.S_IMODE(os.stat(file).st_mode) != _FILE_MODE
        if self._masked:
            os.chmod(file, _FILE_MODE)


def _write(opened: int, pieces: Sequence[bytes]) -> None:
    """Write all of some pieces, without a copy where the system can do that."""
    written = os.writev(opened, pieces) if hasattr(os, "writev") else 0
    if written < sum(map(len, pieces)):
        rest = memoryview(b"".join(pieces))[written:]
        while rest:
            rest = rest[os.write(opened, rest) :]


def _left(name: str, root: str) -> list[str]:
    """Return the hidden directories that builds of a package have left."""
    pattern = re.compile(rf"\.{re.escape(name)}-[0-9]+\.selinon")
    found = [os.path.join(root, entry) for entry in os.listdir(root) if pattern.fullmatch(entry)]
    return [
        path
        for path in found
        if not os.path.islink(path) and os.path.isdir(path) and _is_ours(path)
    ]


def _is_ours(directory: str) -> bool:
    """Return whether a build may have left a directory, by what is in it."""
    try:
        names = set(os.listdir(directory))
    except OSError:  # somebody else's
        return False
    begun = _OLD not in names or os.path.isdir(os.path.join(directory, _ADDED))
    return begun and names <= {_NEW, _OLD, _ADDED, _DONE}


def _is_begun(staging: str) -> bool:
    return os.path.isdir(os.path.join(staging, _OLD))


def _exchange(
    stage: _Stage, root: str, name: str, placed: Sequence[str], gone: Sequence[str]
) -> None:
    """Replace what is in some places by what is staged for them, and take away what is in others."""
    new, old = os.path.join(stage.directory, _NEW), os.path.join(stage.directory, _OLD)
    for path in placed:
        place = os.path.join(root, path)
        if path != name and os.path.isdir(place) and not os.path.islink(place):
            raise OutputError(f"{place} is a directory")
    marker = _marker(stage.directory, os.path.join(root, name))
    stage.add(_ADDED, {})
    make_directory(old)  # from here on, there is something to undo
    if name not in placed:
        open(marker, "x").close()
    for folder in {os.path.dirname(path) for path in (*placed, *gone)}:
        make_directory(os.path.join(old, folder))
    # First, as the name of a new file may be that of an old one but for the case, which may not count.
    for path in gone:
        os.rename(os.path.join(root, path), os.path.join(old, path))
    added = {path for path in placed if not os.path.lexists(os.path.join(root, path))}
    stage.add(_ADDED, dict.fromkeys(added, b""))
    for path in added:
        if path.startswith(f"{name}/"):
            make_directory(os.path.join(root, os.path.dirname(path)))
    # What tells of other files comes after them.
    for path in sorted(placed, key=lambda path: (-path.count("/"), path)):
        if path not in added:
            os.rename(os.path.join(root, path), os.path.join(old, path))
        os.rename(os.path.join(new, path), os.path.join(root, path))
    _forget_bytecode(root, (*placed, *gone))
    _prune(root, gone)
    if name not in placed:
        os.unlink(marker)


def _undo(staging: str, root: str, name: str, *, but: str | None = None) -> None:
    """Put everything back where it was, but something that was added; what of this was done is not done again.

    Raises OutputError when a link leads elsewhere by now.
    """
    new, old = os.path.join(staging, _NEW), os.path.join(staging, _OLD)
    added = [path for path in _paths_below(os.path.join(staging, _ADDED)) if path != but]
    kept = [*_paths_below(old)]
    top = os.path.realpath(root)
    for folder in {os.path.dirname(path) for path in (*added, *kept)}:
        place = os.path.join(root, folder)
        if os.path.realpath(place) != os.path.normpath(os.path.join(top, folder)):
            raise OutputError(f"{place} is a link, and {staging} holds what belongs there")
    for path in added:
        place = os.path.join(root, path)
        if os.path.lexists(place) and not os.path.lexists(os.path.join(new, path)):
            make_directory(os.path.dirname(os.path.join(new, path)))
            os.rename(place, os.path.join(new, path))
    for path in kept:
        make_directory(os.path.dirname(os.path.join(root, path)))
        os.replace(os.path.join(old, path), os.path.join(root, path))
    _forget_bytecode(root, (*added, *kept))
    _prune(root, added)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_marker(staging, os.path.join(root, name)))
    os.rename(old, os.path.join(staging, _DONE))


def _paths_below(directory: str, prefix: str = "") -> Iterator[str]:
    """Yield the paths of all that is no directory; links are not followed."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _paths_below(entry.path, f"{prefix}{entry.name}/")
            else:
                yield prefix + entry.name


def _forget_bytecode(root: str, paths: Iterable[str]) -> None:
    """Remove what Python compiled of modules: a new one of the same size and second would pass for the old one."""
    modules: dict[str, set[str]] = {}
    for path in paths:
        folder, name = os.path.split(path)
        modules.setdefault(folder, set()).add(name.partition(".")[0])
    for folder, names in modules.items():
        cache = os.path.join(root, folder, _CACHE)
        if not folder or os.path.islink(cache) or not os.path.isdir(cache):
            continue
        with contextlib.suppress(OSError):  # somebody else's, or somebody else is at work there
            for entry in os.listdir(cache):
                if entry.partition(".")[0] in names:
                    os.unlink(os.path.join(cache, entry))


def _prune(root: str, paths: Iterable[str]) -> None:
    """Remove the directories that files have left, with their caches, if nothing else is in them."""
    folders = {os.path.dirname(path) for path in paths}
    while folders := folders - {""}:
        for folder in folders:
            directory = os.path.join(root, folder)
            with contextlib.suppress(OSError):  # mostly, that something else is in it
                if os.listdir(directory) == [_CACHE] and not os.path.islink(directory):
                    _remove(os.path.join(directory, _CACHE))
                os.rmdir(directory)
        folders = {os.path.dirname(folder) for folder in folders}


def _remove(directory: str) -> None:
    """Remove a directory with all that is in it; links are not followed."""
    if os.path.islink(directory):
        os.unlink(directory)
        return
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
            else:
                os.unlink(entry.path)
    os.rmdir(directory)
