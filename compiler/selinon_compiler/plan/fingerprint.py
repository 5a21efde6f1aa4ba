"""Identity of edges and of graphs.

Both digest the ends of edges and nothing else: conditions, flags and the order of edges may change, and edge keys in
the state of running flows stay valid.

>>> edge_keys([(("A",), ("B", "C")), ((), ("A",)), (("A",), ("C", "B"))])
('9eebf4044f54', '61b4cefc5eaf', '9eebf4044f54.1')
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Ends: TypeAlias = tuple[Sequence[str], Sequence[str]]
"""The sources and the destinations of an edge."""

KEY_LENGTH = 12
_ENCODER = json.JSONEncoder(separators=(",", ":"))


def edge_keys(edges: Iterable[Ends]) -> tuple[str, ...]:
    """Return the key of each edge of one flow: a digest of its ends, numbered among edges with equal ends."""
    seen: Counter[str] = Counter()
    keys = []
    for ends in edges:
        digest = _digest(_canonical(ends))[:KEY_LENGTH]
        keys.append(f"{digest}.{seen[digest]}" if seen[digest] else digest)
        seen[digest] += 1
    return tuple(keys)


def flow_fingerprint(edges: Iterable[Ends]) -> str:
    """Return the digest of a flow's graph; it does not depend on the order of edges, nor on that of names."""
    return _digest(sorted(_canonical(ends) for ends in edges))


def _canonical(ends: Ends) -> list[list[str]]:
    return [sorted(ends[0]), sorted(ends[1])]


def _digest(value: object) -> str:
    return hashlib.sha256(_ENCODER.encode(value).encode()).hexdigest()
