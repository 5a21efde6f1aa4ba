"""What a store has on record, read behind its back, and what must hold for it at any moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from selinon.store.in_process import InProcessStore

STATES = {"P": "published", "C": "claimed", "F": "flow"}


@dataclass(kw_only=True)
class Row:
    """A live node."""

    state: str
    epoch: int
    awaited: bool


@dataclass(kw_only=True)
class Run:
    """A run; `inbox` and `lazy` are how many events wait there."""

    open: bool
    epoch: int
    live: int
    led: bool
    inbox: int
    lazy: int
    joined: int
    listed: bool
    nodes: dict[str, Row] = field(default_factory=dict)
    due: set[str] = field(default_factory=set)


Dump = dict[str, Run]


def of_process(store: InProcessStore) -> Dump:
    """Return what is on record in this process."""
    listed = set(store.open_runs())
    found = {}
    for id, run in store._rows.runs.items():
        found[id] = Run(
            open=run.ended is None,
            epoch=run.epoch,
            live=run.live,
            led=run.leader is not None,
            inbox=len(run.inbox),
            lazy=len(run.lazy),
            joined=len(run.joined),
            listed=id in listed,
            nodes={
                node: Row(state=row.state, epoch=row.epoch, awaited=row.new.awaited)
                for node, row in run.nodes.items()
            },
            due={node for (of, node) in store._rows.due if of == id},
        )
    return found


_READ: Final = """
local run, due, open = KEYS[1], KEYS[2], KEYS[3]
return {
  redis.call('HGETALL', run), redis.call('HGETALL', run .. ':nodes'), redis.call('LLEN', run .. ':in'),
  redis.call('LLEN', run .. ':lazy'), redis.call('ZRANGE', due, 0, -1), redis.call('ZRANGE', open, 0, -1),
}
"""


def of_redis(client: Any, prefix: str) -> Dump:
    """Return what is on record in Redis, each run as of one moment; `client` is one of a server or of a cluster."""
    keys = {key.decode() for key in client.scan_iter(f"{prefix}{{*", count=1000)}
    found = {}
    for key in keys:
        shard, _, id = key.partition(":r:")
        if not id or ":" in id:
            continue
        row, rows, inbox, lazy, due, listed = client.eval(
            _READ, 3, key, f"{shard}:due", f"{shard}:open"
        )
        if not row:
            continue  # it went in the meantime
        fields = _mapping(row)
        nodes = {}
        for node, text in _mapping(rows).items():
            numbers = text.partition("\n")[0].split(" ")
            nodes[node] = Row(
                state=STATES[numbers[0]], epoch=int(numbers[5]), awaited=numbers[6] == "1"
            )
        members = [member.decode().partition("|") for member in due]
        found[id] = Run(
            open=fields["status"] == "open",
            epoch=int(fields["epoch"]),
            live=int(fields["live"]),
            led="leader" in fields,
            inbox=inbox,
            lazy=lazy,
            joined=sum(other.startswith(f"{key}:j:") for other in keys),
            listed=id.encode() in listed,
            nodes=nodes,
            due={node for run, _, node in members if run == id},
        )
    return found


def _mapping(reply: list[bytes]) -> dict[str, str]:
    texts = [text.decode() for text in reply]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def faults(dump: Dump) -> list[str]:
    """Return what is wrong in a record: above all, what nobody would ever look at again."""
    found = []
    for id, run in dump.items():
        for node, row in run.nodes.items():
            if row.state == "flow":
                if node not in dump or not (dump[node].open or "!" in dump[node].due):
                    found.append(f"sub-flow {node} of {id} is over or lost, and will not report")
            elif node not in run.due:
                found.append(f"{row.state} node {node} of {id} is not due")
        if run.listed != run.open:
            found.append(f"{id} is open: {run.open}, and is listed: {run.listed}")
        if not run.open:
            if run.inbox or run.lazy or run.joined:
                found.append(f"{id} has ended, and keeps what no step will read")
            continue
        if (run.inbox or (run.lazy and run.live <= 0)) and "" not in run.due:
            found.append(f"{id} has events that can be processed, and is not due")
        if run.led and "" not in run.due:
            found.append(f"{id} is somebody's to decide, and is not due")
        live = sum(row.awaited and row.epoch == run.epoch for row in run.nodes.values())
        if run.live != live:
            found.append(f"{id} counts {run.live} live nodes, and has {live}")
    return found


def stuck(dump: Dump) -> list[str]:
    """Return the open runs of which nothing can come any more, which a step that decides rightly never leaves."""
    return [
        id
        for id, run in dump.items()
        if run.open and not run.live and not run.inbox and not run.lazy and "+" not in run.due
    ]
