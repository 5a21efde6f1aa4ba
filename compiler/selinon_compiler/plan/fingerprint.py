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
from typing import NamedTuple, TypeAlias

Ends: TypeAlias = tuple[Sequence[str], Sequence[str]]
"""The sources and the destinations of an edge."""

KEY_LENGTH = 12


class Identity(NamedTuple):
    """The keys of the edges of one flow, and the fingerprint of its graph."""

    edge_keys: tuple[str, ...]
    fingerprint: str


def edge_keys(edges: Iterable[Ends]) -> tuple[str, ...]:
    """Return the key of each edge of one flow: a digest of its ends, numbered among edges with equal ends."""
    return _keys([_text(*ends) for ends in _sorted(edges)])


def flow_identity(edges: Iterable[Ends]) -> Identity:
    """Return the keys of the edges of one flow, as `edge_keys` does, and its fingerprint: a digest of its graph.

    The fingerprint does not depend on the order of edges, nor on that of names.
    """
    ordered = _sorted(edges)
    texts = [_text(*ends) for ends in ordered]
    graph = ",".join([text for _, text in sorted(zip(ordered, texts, strict=True))])
    return Identity(_keys(texts), _digest(f"[{graph}]"))


def _sorted(edges: Iterable[Ends]) -> list[tuple[list[str], list[str]]]:
    """Return the ends of edges with their names sorted."""
    return [(sorted(sources), sorted(destinations)) for sources, destinations in edges]


def _keys(texts: Iterable[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    keys = []
    for text in texts:
        digest = _digest(text)[:KEY_LENGTH]
        count = seen.get(digest, 0)
        keys.append(f"{digest}.{count}" if count else digest)
        seen[digest] = count + 1
    return tuple(keys)


def _text(sources: Iterable[str], destinations: Iterable[str]) -> str:
    """Return the JSON text of the ends of an edge."""
    quoted = ",".join(map(encode_basestring_ascii, sources))
    return f"[[{quoted}],[{','.join(map(encode_basestring_ascii, destinations))}]]"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
