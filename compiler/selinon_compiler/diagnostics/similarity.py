"""Names that were perhaps meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most similar to a name, or None when none is; equal ones are told apart by order."""
    near = difflib.get_close_matches(name, sorted(candidates), 1)
    return near[0] if near else None
