"""Put a new build into the place of an earlier one; after an error all is as before.

All that is new is written first, into a hidden directory beside the package. A first build is then renamed as a whole.
A later one replaces only the files that differ, so that it costs what changed: each of them moves into the hidden
directory before the new one takes its place. A build that is ended by force leaves that directory behind, and the next
one puts back what lies in it.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence

from selinon_compiler.emit.archive import Wheel
from selinon_compiler.emit.earlier import Found

_FILE_MODE = 0o644
_DIRECTORY_MODE = 0o755

_NEW, _WHEEL = "new", "wheel"
_OLD, _ADDED = "old", "added"
"""What was there before, until all of it is replaced; and the names of files, empty ones, where there was nothing."""

_DONE = "done"
_CACHE = "__pycache__"


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


def recover(name: str, root: str) -> None:
    """Put back or remove what builds of a package left that were ended before they were done.

    The directory is to be locked, so that no build is at work in it.
    """
    pattern = re.compile(rf"\.{re.escape(name)}-[0-9]+")
    left = [entry for entry in os.listdir(root) if pattern.fullmatch(entry)]
    for directory in (os.path.join(root, entry) for entry in left):
        if os.path.islink(directory) or not os.path.isdir(directory):
            continue
        if not {_NEW, _WHEEL, _OLD, _ADDED, _DONE}.issuperset(os.listdir(directory)):
            continue
        if os.path.isdir(os.path.join(directory, _OLD)):
            _put_back(directory, os.path.join(root, name))
        _remove(directory)


def replace(
    name: str, files: Mapping[str, bytes], found: Found, wheel: Wheel | None, root: str
) -> None:
    """Put a package and its wheel in place of what was found there; after an error all is as before."""
    staging, target = os.path.join(root, f".{name}-{os.getpid()}"), os.path.join(root, name)
    changed = {path: files[path] for path in files if found.files.get(path) != files[path]}
    os.mkdir(staging, _DIRECTORY_MODE)
    try:
        stage = _Stage(staging)
        stage.add(changed)
        if wheel is not None:
            stage.write(_WHEEL, wheel.blocks())
        if os.path.isdir(target):
            _update(staging, target, list(changed), [*found.files.keys() - files.keys()])
        else:
            os.rename(os.path.join(staging, _NEW), target)
        if wheel is not None:
            os.replace(os.path.join(staging, _WHEEL), os.path.join(root, wheel.file))
    except BaseException:
        _undo(staging, target)  # should that fail, everything stays for the next build
        _remove(staging)
        raise
    if os.path.isdir(os.path.join(staging, _OLD)):
        os.rename(os.path.join(staging, _OLD), os.path.join(staging, _DONE))
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


class _Stage:
    """Files that are being written, before they take their places."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._masked: bool | None = None  # whether the umask makes files with other modes

    def add(self, files: Mapping[str, bytes], below: str = _NEW) -> None:
        """Add files of the package."""
        for folder in {"", *(os.path.dirname(path) for path in files)}:
            make_directory(os.path.join(self._directory, below, folder))
        for path, content in files.items():
            self.write(f"{below}/{path}", [content])

    def write(self, path: str, blocks: Iterable[bytes]) -> None:
        """Write a new file."""
        file = os.path.join(self._directory, path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        opened = os.open(file, flags, _FILE_MODE)
        try:
            for block in blocks:
                rest = memoryview(block)
                while rest:
                    rest = rest[os.write(opened, rest) :]
        finally:
            os.close(opened)
        if self._masked is None:
            self._masked = stat.S_IMODE(os.stat(file).st_mode) != _FILE_MODE
        if self._masked:
            os.chmod(file, _FILE_MODE)


def _update(staging: str, target: str, changed: Sequence[str], gone: Sequence[str]) -> None:
    """Replace files by those that are staged, and take away others; what is replaced is kept."""
    new, old = os.path.join(staging, _NEW), os.path.join(staging, _OLD)
    added = {path for path in changed if not os.path.lexists(os.path.join(target, path))}
    stage = _Stage(staging)
    stage.add(dict.fromkeys(added, b""), _ADDED)
    os.mkdir(old)  # from here on, there is something to put back
    for folder in {os.path.dirname(path) for path in (*changed, *gone)}:
        os.makedirs(os.path.join(old, folder), exist_ok=True)
        make_directory(os.path.join(target, folder))
    # What tells of other files comes after them.
    for path in sorted(changed, key=lambda path: (-path.count("/"), path)):
        place = os.path.join(target, path)
        if path not in added:
            os.rename(place, os.path.join(old, path))
        os.rename(os.path.join(new, path), place)
    for path in gone:
        os.rename(os.path.join(target, path), os.path.join(old, path))
    _forget_bytecode(target, (*changed, *gone))
    _prune(target, gone)


def _undo(staging: str, target: str) -> None:
    """Undo what a build has done that did not come to its end."""
    if os.path.isdir(os.path.join(staging, _OLD)):
        _put_back(staging, target)
    elif os.path.isdir(target) and not os.path.lexists(os.path.join(staging, _NEW)):
        os.rename(target, os.path.join(staging, _NEW))


def _put_back(staging: str, target: str) -> None:
    """Undo an update that was not done to its end."""
    old, new = os.path.join(staging, _OLD), os.path.join(staging, _NEW)
    added = [
        path for path in _paths_below(os.path.join(staging, _ADDED)) if _leads_into(target, path)
    ]
    for path in added:
        if not os.path.lexists(os.path.join(new, path)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(target, path))
    for path in _paths_below(old):
        if _leads_into(target, path):
            make_directory(os.path.dirname(os.path.join(target, path)))
            os.replace(os.path.join(old, path), os.path.join(target, path))
    _prune(target, added)


def _leads_into(directory: str, path: str) -> bool:
    """Return whether no link on the way leads out of a directory."""
    folder = os.path.dirname(path)
    real = (
        os.path.join(os.path.realpath(directory), folder) if folder else os.path.realpath(directory)
    )
    return os.path.realpath(os.path.join(directory, folder)) == os.path.normpath(real)


def _paths_below(directory: str, prefix: str = "") -> Iterator[str]:
    """Yield the paths of all that is no directory; links are not followed."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _paths_below(entry.path, f"{prefix}{entry.name}/")
            else:
                yield prefix + entry.name


def _forget_bytecode(target: str, paths: Iterable[str]) -> None:
    """Remove what Python compiled of modules: a new one of the same size and second would pass for the old one."""
    modules: dict[str, set[str]] = {}
    for path in paths:
        folder, name = os.path.split(path)
        modules.setdefault(folder, set()).add(name.partition(".")[0])
    for folder, names in modules.items():
        cache = os.path.join(target, folder, _CACHE)
        with contextlib.suppress(OSError):  # there is none, or it is no directory
            for entry in os.listdir(cache):
                if entry.partition(".")[0] in names:
                    os.unlink(os.path.join(cache, entry))


def _prune(target: str, paths: Iterable[str]) -> None:
    """Remove the directories that files have left, with their caches, if nothing else is in them."""
    folders = {os.path.dirname(path) for path in paths}
    while folders := folders - {""}:
        for folder in folders:
            directory = os.path.join(target, folder)
            with contextlib.suppress(OSError):
                if os.listdir(directory) == [_CACHE]:
                    _remove(os.path.join(directory, _CACHE))
                os.rmdir(directory)
        folders = {os.path.dirname(folder) for folder in folders}


def _remove(directory: str) -> None:
    """Remove a directory with all that is in it; links are not followed."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
            else:
                os.unlink(entry.path)
    os.rmdir(directory)
