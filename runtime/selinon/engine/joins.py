"""Combinations: which tuples of finished nodes fire an edge when one more node has finished.

Over a whole run, each tuple of instances of an edge's sources fires the edge once, at the moment when its last member
is processed. For one node, the tuples come in the order of the edge's sources, the last one varying fastest.

>>> list(combinations(("A", "B"), "B", "b2", {"A": ("a1", "a2"), "B": ("b1",)}))
[('a1', 'b2'), ('a2', 'b2')]
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence


def combinations(
    sources: Sequence[str], name: str, id: str, finished: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, ...]]:
    """Yield the tuples that take node `id` for `name`, and any node that finished before for each other source."""
    return itertools.product(
        *((id,) if source == name else finished.get(source, ()) for source in sources)
    )
