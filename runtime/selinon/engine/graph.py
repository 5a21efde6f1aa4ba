"""What a step needs to know of a flow besides its edges, computed once for each flow that is loaded."""

from __future__ import annotations

from typing import Final

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec

_KNOWN: Final[dict[int, Graph]] = {}
_MOST_KNOWN: Final = 10_000
"""So many flows are remembered; a graph keeps its flow alive, so that no other flow can have its identity."""


class Graph:
    """A flow by what its nodes lead to.

    `starting` are the edges without sources, `onward` those that wait for a node, by its name. `kept` are the names
    whose finished ids later steps read: the sources of edges with several sources. `partners` are, by name, the
    other sources of these edges, and `last` is the highest rank of them: ids of the name may be needed for as long
    as something up to that rank is under way. `plain` are the keys of edges that ask nothing and start tasks only,
    with what they start.
    """

    __slots__ = (
        "flow",
        "flows",
        "kept",
        "last",
        "nowait",
        "onward",
        "partners",
        "plain",
        "rules",
        "starting",
    )

    def __init__(self, flow: FlowSpec) -> None:
        self.flow = flow
        self.flows = frozenset(flow.subflows)
        self.nowait = frozenset(flow.nowait)
        self.starting = tuple(edge for edge in flow.edges if not edge.sources)
        onward: dict[str, list[EdgeSpec]] = {}
        partners: dict[str, set[str]] = {}
        for edge in flow.edges:
            for name in edge.sources:
                onward.setdefault(name, []).append(edge)
                if len(edge.sources) > 1:
                    partners.setdefault(name, set()).update(edge.sources)
        self.onward = {name: tuple(edges) for name, edges in onward.items()}
        self.partners = {name: frozenset(names - {name}) for name, names in partners.items()}
        self.kept = frozenset(partners)
        ranks = flow.ranks
        self.last = {
            name: max(ranks[other] for other in others)
            for name, others in self.partners.items()
            if all(other in ranks for other in others)
        }
        self.rules: tuple[FailureSpec, ...] = flow.failures
        self.plain = frozenset(edge.key for edge in flow.edges if self._is_plain(edge))

    def _is_plain(self, edge: EdgeSpec) -> bool:
        """Return whether an edge from one task fires without anything being asked, and starts tasks only."""
        return (
            edge.condition is None
            and edge.foreach is None
            and len(edge.sources) == 1
            and not self.flows.intersection((*edge.sources, *edge.destinations))
        )


def graph_of(flow: FlowSpec) -> Graph:
    """Return the graph of a flow."""
    graph = _KNOWN.get(id(flow))
    if graph is None:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        graph = _KNOWN[id(flow)] = Graph(flow)
    return graph
