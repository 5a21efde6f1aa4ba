"""Comparing what the compiler makes of a case with the files beside the case, or rewriting these."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

LONGEST = 20
"""So many lines of a difference are shown for each file."""

Compare: TypeAlias = Callable[[Path, Mapping[str, bytes]], None]
"""Fails unless a directory holds exactly these files, by their paths, among those that a compilation owns.

A compilation owns the files it makes at the top of the directory, and all below the folders that it makes there.
"""


@pytest.fixture
def compare() -> Compare:
    """Return how golden files are compared; with `SELINON_UPDATE_GOLDEN=1` they are rewritten before."""
    return _updating if os.environ.get("SELINON_UPDATE_GOLDEN") == "1" else _comparing


def _comparing(directory: Path, made: Mapping[str, bytes]) -> None:
    problems = list(_problems(made, _found(directory, made)))
    if problems:
        advice = "run `make golden` and review the difference if this is meant"
        text = "\n\n".join([f"golden/{directory.parent.name}/{directory.name}", *problems, advice])
        pytest.fail(text, pytrace=False)


def _updating(directory: Path, made: Mapping[str, bytes]) -> None:
    for path in _found(directory, made).keys() - made.keys():
        (directory / path).unlink()
    for path, content in made.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    _comparing(directory, made)


def _found(directory: Path, made: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the content of the files that are there, caches of Python left out."""
    found = {}
    for top in sorted({path.partition("/")[0] for path in made}):
        place = directory / top
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and "__pycache__" not in file.parts:
                found[file.relative_to(directory).as_posix()] = file.read_bytes()
    return found


def _problems(made: Mapping[str, bytes], found: Mapping[str, bytes]) -> Iterator[str]:
    for path in sorted(made.keys() | found.keys()):
        if path not in found:
            yield f"missing: {path}"
        elif path not in made:
            yield f"left over: {path}"
        elif made[path] != found[path]:
            yield f"different: {path}\n{_difference(found[path], made[path])}"


def _difference(old: bytes, new: bytes) -> str:
    before, after = (text.decode("utf-8", "replace").split("\n") for text in (old, new))
    lines = list(difflib.unified_diff(before, after, "golden", "made now", lineterm="", n=1))
    hidden = len(lines) - LONGEST
    return "\n".join(lines[:LONGEST] + ([f"… and {hidden} more lines"] if hidden > 0 else []))
