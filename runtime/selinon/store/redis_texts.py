"""The texts that the script takes and returns, and the values that they stand for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from selinon.store.protocol import NEW_ATTEMPT, Ended, Finding, Header, Lead, NewNode, Write

__all__ = ["encoded", "ended", "finding", "header", "joined", "lead", "ms", "pairs", "texts"]


def ms(seconds: float) -> int:
    """Return milliseconds."""
    return round(seconds * 1000)


def texts(values: Iterable[bytes]) -> tuple[str, ...]:
    """Return texts."""
    return tuple([value.decode() for value in values])


def pairs(values: Sequence[bytes]) -> tuple[tuple[str, str], ...]:
    """Return pairs of texts that stand in a row."""
    found = texts(values)
    return tuple(zip(found[::2], found[1::2], strict=True))


@lru_cache(maxsize=64)  # each node of a run brings the header of its run
def header(text: bytes) -> Header:
    """Return a header."""
    return Header(*json.loads(text))


def ended(text: bytes | None) -> Ended | None:
    """Return how a run ended; None if it has not."""
    return Ended(**json.loads(text)) if text else None


def joined(names: Sequence[str], rows: Sequence[Sequence[bytes]]) -> dict[str, tuple[str, ...]]:
    """Return joined rows by name."""
    return {name: texts(ids) for name, ids in zip(names, rows, strict=True)}


def lead(reply: Sequence[Any], names: Sequence[str]) -> Lead:
    """Return a lead with the joined rows of these names."""
    return Lead(
        rev=int(reply[1]),
        state=reply[2].decode(),
        given=reply[3].decode(),
        header=header(reply[4]),
        events=texts(reply[5]),
        taken=(reply[6], reply[7]),
        joined=joined(names, reply[8]),
    )


def finding(kind: bytes, values: Sequence[Any]) -> Finding:
    """Return what is to be done about something that was due."""
    of = header(values[0]) if values else None
    if len(values) < 2:
        return Finding(kind=kind.decode(), header=of)  # type: ignore[arg-type]  # what the script says
    attempt, fence, lost, owner, body = values[1:]
    return Finding(
        kind=kind.decode(),  # type: ignore[arg-type]  # as above
        header=of,
        attempt=attempt,
        fence=fence,
        lost=lost,
        owner=owner.decode(),
        body=body.decode(),
    )


_encode = json.JSONEncoder(separators=(",", ":")).encode


def encoded(write: Write) -> str:
    """Return what a step changes as the script reads it; what is absent stays out."""
    row: dict[str, Any] = {
        "state": write.state,
        "fired": [value for pair in write.fired.items() for value in pair],
        "archived": [text for pair in write.archived for text in pair],
        "joined": [text for pair in write.joined for text in pair],
        "released": write.released,
        "nodes": [_node(node) for node in write.nodes],
    }
    if write.look_after is not None:
        row["look"] = ms(write.look_after)
    if write.given is not None:
        row["given"] = write.given
    if write.restart is not None:
        row["restart"], row["event"] = ms(write.restart), NEW_ATTEMPT
    if write.ended is not None:
        row["ended"] = _encode({"failed": write.ended.failed})
    if write.drop:
        row["drop"] = True
    return _encode(row)


def _node(node: NewNode) -> list[Any]:
    return [node.id, node.body, int(node.awaited), ms(node.delay), int(node.kind == "flow")]
