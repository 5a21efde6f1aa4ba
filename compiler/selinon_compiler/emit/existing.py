"""Read what an earlier build wrote, and refuse what no build wrote."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Set
from typing import Any

from selinon_compiler.emit import records
from selinon_compiler.emit.earlier import Found

_CACHE = "__pycache__"
_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_FIRST_FORMAT = 1
"""Its manifest names every file; packages of that format are replaced, nothing of them is taken over."""


class OutputError(Exception):
    """What lies at the place of the output was not written by a build, and is left alone."""


def read(name: str, directory: str | os.PathLike[str]) -> Found:
    """Return what an earlier build of a package left in a directory; there are no files where there was no build.

    Raises:
        OutputError: something of the package's name is there that no build wrote, or it holds such files.
        OSError: a file cannot be read.
    """
    target = os.path.join(directory, name)
    if os.path.islink(target) or (os.path.exists(target) and not os.path.isdir(target)):
        raise OutputError(f"{target} is not a directory")
    if not os.path.exists(target):
        return Found()
    files = {path: _content(file) for path, file in _files(target, "")}
    found = Found(files)
    strange = sorted(files.keys() - _written(found, name, target))
    if strange:
        raise OutputError(
            f"{target} holds files that no build wrote, as far as its records tell, such as {strange[0]!r}: "
            "move them away, or remove the directory"
        )
    return found


def _files(directory: str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield all that is no directory, by its path in the package; links are not followed."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield prefix + entry.name, entry
            elif entry.name != _CACHE:
                yield from _files(entry.path, f"{prefix}{entry.name}/")


def _content(entry: os.DirEntry[str]) -> bytes | None:
    if not entry.is_file(follow_symlinks=False):
        return None
    opened = os.open(entry.path, _READING)
    try:
        size = os.fstat(opened).st_size
        content = os.read(opened, size)
        while len(content) < size and (more := os.read(opened, size - len(content))):
            content += more
        return content
    finally:
        os.close(opened)


def _written(found: Found, name: str, target: str) -> Set[str]:
    """Return the paths that the records of an earlier build list; they list all that its seal covers."""
    match _json(found, records.MANIFEST):
        case {"format": int(form)} if form > records.FORMAT_VERSION:
            raise OutputError(f"{target} was written by a later compiler")
        case {"format": int(form), "name": str(own), "files": dict(files)} if own == name:
            listed = {*files, records.MANIFEST, records.SOURCES}
        case _:
            raise OutputError(f"{target} is not a package that a build wrote")
    if found.earlier.files:
        return found.files.keys()
    if form > _FIRST_FORMAT:
        listed.add(records.PARTS)
        listed.update(_in_parts(found), _in_sources(found), _in_index(found))
    return listed


def _in_parts(found: Found) -> Iterator[str]:
    match _json(found, records.PARTS):
        case {"common": {"frame": list(frame), "nodes": list(nodes)}}:
            yield from (path for path in (*frame, *nodes) if isinstance(path, str))


def _in_sources(found: Found) -> Iterator[str]:
    """Yield the modules that the source map names; its lines start with the path, which needs no escape."""
    text = (found.files.get(records.SOURCES) or b"").decode("ascii", "replace")
    return (match[1] for match in re.finditer(r'^"([^"\\]*)":', text, re.MULTILINE))


def _in_index(found: Found) -> Iterator[str]:
    pattern = re.compile(r"v\w+/index/(?:flows|tasks|storages)_\d+\.json")
    return filter(pattern.fullmatch, found.files)


def _json(found: Found, path: str) -> Any:
    try:
        return json.loads(found.files.get(path) or b"")
    except (ValueError, RecursionError):
        return None
