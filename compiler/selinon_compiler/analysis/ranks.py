"""In what order nodes can come to start: the ranks of a graph.

What can lead to a node, directly or not, has at most its rank; nodes of one cycle have the same one.

>>> ranks([(("A",), ("B", "C")), (("B", "C"), ("D",)), (("D",), ("B",))])
{'A': 0, 'B': 2, 'C': 1, 'D': 2}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def ranks(steps: Iterable[tuple[Sequence[str], Sequence[str]]]) -> dict[str, int]:
    """Return the rank of every node, from 0; `steps` are pairs of the nodes waited for and the nodes started."""
    onward: dict[str, list[str]] = {}
    for sources, destinations in steps:
        for name in (*sources, *destinations):
            onward.setdefault(name, [])
        for source in sources:
            onward[source] += destinations
    found = components(onward)
    place = {name: index for index, names in enumerate(found) for name in names}
    return {name: len(found) - 1 - place[name] for name in onward}


def components(onward: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the strongly connected components, those that others lead to first (Tarjan's algorithm, not recursive)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: dict[str, None] = {}
    found: list[list[str]] = []
    for root in onward:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        open_[root] = None
        pending = [(root, iter(onward[root]))]
        while pending:
            name, ways = pending[-1]
            for onto in ways:
                if onto not in number:
                    number[onto] = low[onto] = len(number)
                    open_[onto] = None
                    pending.append((onto, iter(onward[onto])))
                    break
                if onto in open_:
                    low[name] = min(low[name], number[onto])
            else:
                pending.pop()
                if pending:
                    above = pending[-1][0]
                    low[above] = min(low[above], low[name])
                if low[name] == number[name]:
                    found.append(_closed(open_, name))
    return found


def _closed(open_: dict[str, None], root: str) -> list[str]:
    """Take the component of a root off the nodes that are open; it is what was opened last."""
    members: list[str] = []
    while not members or members[-1] != root:
        members.append(open_.popitem()[0])
    return members
