"""Where the files of a package come from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Protocol

__all__ = ["Files", "FolderFiles", "MemoryFiles", "stays_inside"]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_FIRST = frozenset(f"{_LETTERS}{_LETTERS.upper()}0123456789_")
_LATER = _FIRST.union(".-")


def stays_inside(path: str) -> bool:
    """Return whether a path is one that a package may name: relative, with `/`, and nothing in it leads out."""
    return all(name[:1] in _FIRST and _LATER.issuperset(name) for name in path.split("/"))


class Files(Protocol):
    """Where the files of a package come from."""

    def read(self, path: str) -> bytes:
        """Return a file's content, its path given relative to the package; raises OSError when it is not there."""

    def label(self, path: str) -> str:
        """Return how a file is called in tracebacks."""


class FolderFiles:
    """A package on disk."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        with open(self.label(path), "rb") as stream:
            return stream.read()

    def label(self, path: str) -> str:
        """Return a file's path on disk."""
        return os.path.join(self._directory, *path.split("/"))


class MemoryFiles:
    """A package that was compiled in this process."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self._name = name
        self._files = files

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        if path not in self._files:
            raise FileNotFoundError(path)
        content = self._files[path]
        if path.endswith(".py"):
            import linecache

            lines = content.decode().splitlines(keepends=True)
            linecache.cache[self.label(path)] = (len(content), None, lines, self.label(path))
        return content

    def label(self, path: str) -> str:
        """Return a name that is no path."""
        return f"<{self._name}/{path}>"
