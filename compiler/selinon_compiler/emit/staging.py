"""Put a new build into its place as a whole: written beside, then renamed.

Between two renames the place is empty. What a process that ended there left behind, in a directory whose name starts
with a dot, is put back or removed by the next build.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from selinon_compiler.emit.archive import Wheel
from selinon_compiler.emit.earlier import Found

_FILE_MODE = 0o644
_DIRECTORY_MODE = 0o755
_NEW, _OLD, _WHEEL = "new", "old", "wheel"


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
        if not {_NEW, _OLD, _WHEEL}.issuperset(os.listdir(directory)):
            continue
        old, target = os.path.join(directory, _OLD), os.path.join(root, name)
        if os.path.isdir(old) and not os.path.lexists(target):
            os.rename(old, target)
        _remove(directory)


def replace(
    name: str, files: Mapping[str, bytes], found: Found, wheel: Wheel | None, root: str
) -> None:
    """Put a package and its wheel in place of what was found there; after an error all is as before.

    Files that did not change are shared with the earlier build, where the file system can do that.
    """
    staging = os.path.join(root, f".{name}-{os.getpid()}")
    os.mkdir(staging, _DIRECTORY_MODE)
    try:
        stage = _Stage(os.path.join(staging, _NEW), os.path.join(root, name))
        stage.add(files, {path for path in files if found.files.get(path) == files[path]})
        if wheel is not None:
            stage.write(os.path.join(staging, _WHEEL), wheel.blocks())
        _swap(name, wheel.file if wheel else None, root, staging)
    finally:
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
    """A package that is being written, beside the earlier one."""

    def __init__(self, directory: str, earlier: str) -> None:
        self._directory = directory
        self._earlier = earlier
        self._masked: bool | None = None  # whether the umask makes files with other modes

    def add(self, files: Mapping[str, bytes], unchanged: set[str]) -> None:
        """Add files: those that are there already, where they are unchanged."""
        folders: dict[str, list[str]] = {}
        for path in files:
            folder, _, name = path.rpartition("/")
            folders.setdefault(folder, []).append(name)
        for folder, names in folders.items():
            prefix = folder and f"{folder}/"
            new = os.path.join(self._directory, folder)
            make_directory(new)
            shared = [name for name in names if prefix + name in unchanged]
            linked = _linked(os.path.join(self._earlier, folder), new, shared)
            for name in names:
                if name not in linked:
                    self.write(os.path.join(new, name), [files[prefix + name]])

    def write(self, file: str, blocks: Iterable[bytes]) -> None:
        """Write a new file."""
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


def _linked(source: str, target: str, names: Iterable[str]) -> set[str]:
    """Link files of one directory into another one; return the names of those that could be linked."""
    done: set[str] = set()
    with contextlib.ExitStack() as opened, contextlib.suppress(OSError):
        from_, to = f"{source}/", f"{target}/"
        of: dict[str, Any] = {}
        if os.link in os.supports_dir_fd:  # to look up whole paths would be most of the work
            from_, to = "", ""
            for key, path in (("src_dir_fd", source), ("dst_dir_fd", target)):
                of[key] = os.open(path, os.O_RDONLY)
                opened.callback(os.close, of[key])
        for name in names:
            os.link(f"{from_}{name}", f"{to}{name}", **of)  # not every file system has links
            done.add(name)
    return done


def _swap(name: str, wheel: str | None, root: str, staging: str) -> None:
    """Put what is staged into its place; what was there goes into the staging directory, and back
    on an error.
    """
    target, new, old = os.path.join(root, name), f"{staging}/{_NEW}", f"{staging}/{_OLD}"
    with contextlib.ExitStack() as undo:
        if os.path.isdir(target):
            undo.callback(_put_back, old, target)
            os.rename(target, old)
        os.rename(new, target)
        undo.callback(os.rename, target, new)
        if wheel is not None:
            os.replace(f"{staging}/{_WHEEL}", os.path.join(root, wheel))
        undo.pop_all()


def _put_back(old: str, target: str) -> None:
    if os.path.isdir(old):
        os.rename(old, target)


def _remove(directory: str) -> None:
    """Remove a directory with all that is in it; links are not followed."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
            else:
                os.unlink(entry.path)
    os.rmdir(directory)
