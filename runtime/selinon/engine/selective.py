"""Selective runs: which edges lead to the tasks that are wanted.

What a flow runs of itself is found in three sweeps, each linear in the size of the flow:

1. A node is *supported* when an edge leads to it whose sources are all supported; starting edges have none.
2. A node is *needed* when it is wanted, or when an edge with supported sources leads from it to a needed node.
3. The edges with supported sources that lead to needed nodes are run, and start the needed ones only.

>>> edges = (EdgeSpec(key="0", sources=(), destinations=("A", "B")),
...          EdgeSpec(key="1", sources=("A",), destinations=("C",)))
>>> select("f", {"f": FlowSpec(name="f", fingerprint="", edges=edges)}.__getitem__, ("C",)).edges
{'f': {'0': ('A',), '1': ('C',)}}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from selinon.abi import EdgeSpec, FlowSpec, Names
from selinon.errors import SelectiveNoPathError
from selinon.record import Record, made_by


class Selection(Record):
    """What a selective run runs.

    `tasks` are the names that are wanted. `edges` holds, by flow and key of the edge, the destinations that the edge
    starts; a flow that is not there runs as a whole. `subsequent` are, by flow, the keys of edges that follow what is
    wanted: what they start is always run anew.
    """

    tasks: Names
    edges: Mapping[str, Mapping[str, Names]]
    subsequent: Mapping[str, Names] = made_by(default_factory=dict)


def select(
    flow: str,
    specs: Callable[[str], FlowSpec],
    tasks: Iterable[str],
    *,
    follow_subflows: bool = False,
    run_subsequent: bool | Collection[str] = False,
) -> Selection:
    """Return what a selective run of a flow runs.

    With `follow_subflows`, the tasks are looked for in sub-flows, too. With `run_subsequent`, what depends on them
    runs as well: in all flows that are run in parts, or in those named.

    Raises:
        SelectiveNoPathError: no path of edges leads to one of the tasks.
    """
    wanted = tuple(dict.fromkeys(tasks))
    paths = {name: _Paths(spec) for name, spec in _reached(flow, specs, follow_subflows).items()}
    found = _leading(flow, paths, wanted)
    edges = {name: parts for name in paths if (parts := paths[name].to({*wanted, *found}))}
    for task in wanted:
        if not any(task in names for parts in edges.values() for names in parts.values()):
            raise SelectiveNoPathError(f"no path leads to `{task}` in flow `{flow}`")
    subsequent: dict[str, Names] = {}
    for name, parts in edges.items() if run_subsequent else ():
        if run_subsequent is True or (run_subsequent and name in run_subsequent):
            following = _following(paths[name].flow, wanted)
            parts.update((edge.key, edge.destinations) for edge in following)
            subsequent[name] = tuple(edge.key for edge in following)
    return Selection(tasks=wanted, edges=edges, subsequent=subsequent)


def _reached(flow: str, specs: Callable[[str], FlowSpec], follow: bool) -> dict[str, FlowSpec]:
    """Return a flow and, if they are followed, the flows to which edges lead from it, at any depth."""
    found = {flow: specs(flow)}
    pending = [flow] if follow else []
    while pending:
        spec = found[pending.pop()]
        inner = set(spec.subflows)
        for edge in spec.edges:
            for name in edge.destinations:
                if name in inner and name not in found:
                    found[name] = specs(name)
                    pending.append(name)
    return found


def _leading(top: str, paths: Mapping[str, _Paths], wanted: Names) -> set[str]:
    """Return the sub-flows in which something wanted is supported, or a sub-flow that is among these."""
    above: defaultdict[str, set[str]] = defaultdict(set)
    for name, of in paths.items():
        for inner in of.supported & paths.keys():
            above[inner].add(name)
    found: set[str] = set()
    pending = [name for name, of in paths.items() if not of.supported.isdisjoint(wanted)]
    while pending:
        name = pending.pop()
        if name != top and name not in found:
            found.add(name)
            pending.extend(above[name])
    return found


class _Paths:
    """The edges of a flow that can fire, by what they lead to."""

    def __init__(self, flow: FlowSpec) -> None:
        self.flow = flow
        self.supported, self.live = _supported(flow.edges)
        self._leading: defaultdict[str, list[EdgeSpec]] = defaultdict(list)
        for edge in self.live:
            for name in set(edge.destinations):
                self._leading[name].append(edge)

    def to(self, names: Collection[str]) -> dict[str, Names]:
        """Return the edges that lead to these nodes, by key, with the destinations that are needed for it."""
        needed = {name for name in names if name in self.supported}
        pending = list(needed)
        while pending:
            for edge in self._leading[pending.pop()]:
                for source in edge.sources:
                    if source not in needed:
                        needed.add(source)
                        pending.append(source)
        chosen = (
            (edge.key, tuple(name for name in dict.fromkeys(edge.destinations) if name in needed))
            for edge in self.live
        )
        return {key: parts for key, parts in chosen if parts}


def _supported(edges: Iterable[EdgeSpec]) -> tuple[frozenset[str], list[EdgeSpec]]:
    """Return the nodes that are supported, and the edges all of whose sources are."""
    live = {edge.key: edge for edge in edges}
    support: defaultdict[str, int] = defaultdict(int)
    waiting: defaultdict[str, list[EdgeSpec]] = defaultdict(list)
    for edge in live.values():
        for name in set(edge.destinations):
            support[name] += 1
        for name in set(edge.sources):
            waiting[name].append(edge)
    lost = [name for name in waiting if name not in support]
    while lost:
        for edge in waiting[lost.pop()]:
            if live.pop(edge.key, None) is None:
                continue
            for name in set(edge.destinations):
                support[name] -= 1
                if support[name] == 0:
                    lost.append(name)
    return frozenset(name for name, count in support.items() if count), list(live.values())


def _following(flow: FlowSpec, wanted: Iterable[str]) -> list[EdgeSpec]:
    """Return the edges all of whose sources are wanted or started by such edges, in the order of the flow."""
    waiting: defaultdict[str, list[EdgeSpec]] = defaultdict(list)
    missing: dict[str, int] = {}
    for edge in flow.edges:
        missing[edge.key] = len(set(edge.sources))
        for name in set(edge.sources):
            waiting[name].append(edge)
    reached: set[str] = set()
    found: set[str] = set()
    pending = list(dict.fromkeys(wanted))
    while pending:
        name = pending.pop()
        if name in reached:
            continue
        reached.add(name)
        for edge in waiting[name]:
            missing[edge.key] -= 1
            if missing[edge.key] == 0:
                found.add(edge.key)
                pending.extend(edge.destinations)
    return [edge for edge in flow.edges if edge.key in found]
