"""Names that were perhaps meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LONGEST: Final = 200
"""Longer names are not compared: that takes time which grows with the square of their length."""


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most similar to a name, or None when none is.

    Equally similar ones are told apart by their order, so that the answer is always the same.
    """
    if len(name) > LONGEST:
        return None
    import difflib

    near = difflib.get_close_matches(name, sorted(c for c in candidates if len(c) <= LONGEST), 1)
    return near[0] if near else None


def not_meant(missing: Iterable[str], strange: Iterable[str]) -> list[str]:
    """Return the missing names, sorted, for which no strange one may stand: each stands for one, a similar one first.

    >>> not_meant(["key", "value"], ["kye"])
    ['value']
    """
    left = sorted(missing)
    for name in strange:
        if left:
            left.remove(did_you_mean(name, left) or left[0])
    return left
