"""The texts that the script takes and returns, and the values that they stand for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, Literal

from selinon.store.protocol import (
    NEW_ATTEMPT,
    Brief,
    Ended,
    Finding,
    Header,
    Lead,
    LiveNode,
    NewNode,
    RunView,
    Write,
)

__all__ = [
    "brief",
    "encoded",
    "ended",
    "finding",
    "header",
    "joined",
    "lead",
    "ms",
    "pairs",
    "texts",
    "view",
]


_STATES: Final[dict[str, Literal["published", "claimed", "flow"]]] = {
    "P": "published",
    "C": "claimed",
    "F": "flow",
}


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


def brief(reply: Sequence[Any]) -> Brief:
    """Return what can be told of a run at a glance."""
    _, of, rev, status, state, created, parked, end, live = reply
    return Brief(
        header=header(of),
        rev=int(rev),
        status=status.decode(),
        state=state.decode(),
        created=int(created) / 1000,
        parked=parked.decode(),
        ended=ended(end),
        live=int(live),
    )


def view(reply: Sequence[Any]) -> RunView:
    """Return all about a run."""
    _, of, rev, status, state, given, created, parked, end, fired, archive, live, waiting = reply
    return RunView(
        header=header(of),
        rev=int(rev),
        status=status.decode(),
        state=state.decode(),
        given=given.decode(),
        created=int(created) / 1000,
        parked=parked.decode(),
        ended=ended(end),
        fired={edge: int(times) for edge, times in pairs(fired)},
        archive=pairs(archive),
        live=tuple(
            LiveNode(
                id=id.decode(),
                state=_STATES[status.decode()],
                attempt=attempt,
                awaited=awaited == b"1",
                current=bool(current),
                owner=owner.decode(),
                body=body.decode(),
            )
            for id, status, attempt, awaited, current, owner, body in live
        ),
        waiting=waiting,
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
