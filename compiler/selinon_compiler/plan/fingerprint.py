"""Identity of edges and of graphs.

Both digest the ends of edges and nothing else: conditions, flags and the order of edges may change, and edge keys in
the state of running flows stay valid.

>>> edge_keys([(("A",), ("B", "C")), ((), ("A",)), (("A",), ("C", "B"))])
('9eebf4044f54', '61b4cefc5eaf', '9eebf4044f54.1')
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring_ascii
from typing import TypeAlias

Ends: TypeAlias = tuple[Sequence[str], Sequence[str]]
"""The sources and the destinations of an edge."""

KEY_LENGTH = 12


def edge_keys(edges: Iterable[Ends]) -> tuple[str, ...]:
    """Return the key of each edge of one flow: a digest of its ends, numbered among edges with equal ends."""
    seen: dict[str, int] = {}
    keys = []
    for ends in edges:
        digest = _digest(_text(*_canonical(ends)))[:KEY_LENGTH]
        count = seen.get(digest, 0)
        keys.append(f"{digest}.{count}" if count else digest)
        seen[digest] = count + 1
    return tuple(keys)


def flow_fingerprint(edges: Iterable[Ends]) -> str:
    """Return the digest of a flow's graph; it does not depend on the order of edges, nor on that of names."""
    texts = [_text(*ends) for ends in sorted([_canonical(ends) for ends in edges])]
    return _digest(f"[{','.join(texts)}]")


def _canonical(ends: Ends) -> tuple[list[str], list[str]]:
    return sorted(ends[0]), sorted(ends[1])


def _text(sources: Iterable[str], destinations: Iterable[str]) -> str:
    """Return the JSON text of the ends of an edge."""
    quoted = ",".join(map(encode_basestring_ascii, sources))
    return f"[[{quoted}],[{','.join(map(encode_basestring_ascii, destinations))}]]"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
