"""What a step needs to know of a flow besides its edges, computed once for each flow that is loaded."""

from __future__ import annotations

from typing import Final

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec

_KNOWN: Final[dict[int, Graph]] = {}
_MOST_KNOWN: Final = 10_000
"""So many flows are remembered; a graph keeps its flow alive, so that no other flow can have its identity."""


class Graph:
    """A flow by what its nodes lead to.

    `starting` are the edges without sources, `onward` those that wait for a node, by its name, each with the set of its
    sources. `joins` has the names whose finished ids later steps read: the sources of joins, the edges with several
    sources; they lead to all sources of each of these. `last` is the highest rank of the other sources: ids of the name
    may be needed for as long as something up to that rank is under way; `lowest` is the lowest of these ranks. `plain`
    are the keys of edges that ask nothing and start tasks only.
    """

    __slots__ = (
        "flow",
        "flows",
        "joins",
        "last",
        "lowest",
        "nowait",
        "onward",
        "plain",
        "rules",
        "starting",
    )

    def __init__(self, flow: FlowSpec) -> None:
        self.flow = flow
        self.flows = frozenset(flow.subflows)
        self.nowait = frozenset(flow.nowait)
        self.starting = tuple(edge for edge in flow.edges if not edge.sources)
        onward: dict[str, list[tuple[EdgeSpec, frozenset[str]]]] = {}
        joins: dict[str, list[frozenset[str]]] = {}
        for edge in flow.edges:
            sources = frozenset(edge.sources)
            for name in edge.sources:
                onward.setdefault(name, []).append((edge, sources))
                if len(sources) > 1:
                    joins.setdefault(name, []).append(sources)
        self.onward = {name: tuple(edges) for name, edges in onward.items()}
        self.joins = {name: tuple(found) for name, found in joins.items()}
        self.last = _last(flow)
        self.lowest = min(self.last.values(), default=0)
        self.rules: tuple[FailureSpec, ...] = flow.failures
        self.plain = frozenset(edge.key for edge in flow.edges if self._is_plain(edge))

    def partners(self, name: str) -> set[str]:
        """Return the other sources of the joins in which a node takes part."""
        found = {source for sources in self.joins.get(name, ()) for source in sources}
        found.discard(name)
        return found

    def _is_plain(self, edge: EdgeSpec) -> bool:
        """Return whether an edge from one task fires without anything being asked, and starts tasks only."""
        return (
            edge.condition is None
            and edge.foreach is None
            and not edge.propagate_result
            and len(edge.sources) == 1
            and not self.flows.intersection((*edge.sources, *edge.destinations))
        )


def _last(flow: FlowSpec) -> dict[str, int]:
    """Return, for each source of a join, the highest rank of the other sources of its joins."""
    found: dict[str, int] = {}
    for edge in flow.edges if flow.ranks else ():
        if len(edge.sources) < 2:
            continue
        ranks = [flow.ranks[name] for name in edge.sources]
        second, first = sorted(ranks)[-2:]  # equal when several sources have the highest rank
        for name, rank in zip(edge.sources, ranks, strict=True):
            highest = second if rank == first else first
            found[name] = max(highest, found.get(name, highest))
    return found


def graph_of(flow: FlowSpec) -> Graph:
    """Return the graph of a flow."""
    graph = _KNOWN.get(id(flow))
    if graph is None:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        graph = _KNOWN[id(flow)] = Graph(flow)
    return graph
