"""What one firing of an edge starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from selinon.abi import EdgeSpec, Names
from selinon.engine.asking import Asking, asked
from selinon.engine.asks import (
    AskCondition,
    AskFinished,
    AskForeach,
    AskResult,
    AskReuse,
    AskSelection,
    NodeTree,
)
from selinon.engine.events import NodeFinished
from selinon.engine.parents import compound, nested
from selinon.engine.state import shown_selection
from selinon.engine.work import Work, covers
from selinon.trace.events import (
    EdgeCondFalse,
    ForeachResult,
    SelectiveOmitEdge,
    SelectiveOmitNode,
    SelectiveRunFunc,
    SelectiveTaskReuse,
)


def fire_plain(work: Work, edge: EdgeSpec, event: NodeFinished) -> None:
    """Start the tasks to which an edge leads that asks nothing."""
    work.fire(edge)
    parent = {event.name: event.id}
    for position, name in enumerate(edge.destinations):
        work.start_task(edge, (event.id,), position, name, work.node_args, parent, {})


def fire(
    work: Work, edge: EdgeSpec, ids: tuple[str, ...], parent: Mapping[str, Any] | None
) -> Asking[None]:
    """Start the destinations of an edge for one combination, if its condition holds.

    `parent` is given for a starting edge: what the run itself was given.
    """
    combination = dict(zip(edge.sources, ids, strict=True))
    flows = {name: id for name, id in combination.items() if work.is_flow(name)}
    tasks: Mapping[str, Any] = {n: id for n, id in combination.items() if n not in flows}
    pool = tasks if parent is None else parent
    details = _edge_details(work, edge, pool)
    if edge.condition is not None:
        ask = AskCondition(place=edge, tasks=tasks, flows=flows, node_args=work.node_args)
        if not (yield from asked(ask)):
            work.traces.append(EdgeCondFalse(**details, condition=edge.condition_text))
            return
    shown = {**details, "foreach_str": _foreach_text(edge), "condition_str": edge.condition_text}
    if work.subset is not None and edge.key not in work.subset:  # only a starting edge gets so far
        work.fire(edge)
        work.traces.append(SelectiveOmitEdge(**shown))
        return
    given: Sequence[tuple[Any, ...]] = ((),)
    if edge.foreach is not None:
        found = yield from asked(AskForeach(edge=edge, tasks=pool, node_args=work.node_args))
        given = [(item,) if edge.foreach.propagate_result else () for item in found]
        work.traces.append(ForeachResult(**shown, result=found))
    if edge.propagate_result:
        ((name, id),) = tasks.items()
        result = yield from asked(AskResult(name=name, id=id))
        given = [(result,)] * len(given)
    if parent is None:
        parent = yield from _parent(work, combination)
    work.fire(edge)
    yield from _start_destinations(work, edge, ids, given, parent, pool, shown)


def _start_destinations(
    work: Work,
    edge: EdgeSpec,
    ids: tuple[str, ...],
    given: Sequence[tuple[Any, ...]],
    parent: Mapping[str, Any],
    pool: Mapping[str, Any],
    shown: dict[str, Any],
) -> Asking[None]:
    """Start what one firing of an edge starts: the destinations once for each of what is `given`."""
    names = edge.destinations
    if work.subset is not None:
        names = work.subset[edge.key]
        for name in dict.fromkeys(edge.destinations):
            if name not in names:
                work.traces.append(SelectiveOmitNode(**shown, omitted_node=name))
    starts = [(arguments, name) for arguments in given for name in names]
    for position, (arguments, name) in enumerate(starts):
        node_args = arguments[0] if arguments else work.node_args
        if work.is_flow(name):
            selection = None
            if edge.selective is not None:
                selection = yield from asked(AskSelection(edge=edge, name=name))
            work.start_flow(
                edge, ids, position, name, given=arguments, parent=parent, selection=selection
            )
        elif not (yield from _reused(work, edge, name, node_args, pool, shown)):
            failed = {} if edge.sources else work.run.answers or {}
            work.start_task(edge, ids, position, name, node_args, parent, failed)


def _reused(
    work: Work,
    edge: EdgeSpec,
    name: str,
    node_args: Any,
    pool: Mapping[str, Any],
    shown: dict[str, Any],
) -> Asking[bool]:
    """Return whether, in a selective run, an earlier result takes the place of a task."""
    if work.selection is None or not work.decides_about(edge, name):
        return False
    ask = AskReuse(
        edge=edge, name=name, tasks=pool, node_args=node_args, wanted=work.selection.tasks
    )
    id = yield from asked(ask)
    work.traces.append(
        SelectiveRunFunc(
            flow_name=work.graph.flow.name,
            dispatcher_id=work.run.id,
            selective=shown["selective"],
            node_name=name,
            node_args=node_args,
            parent=pool,
            result=id,
        )
    )
    if id:
        work.traces.append(SelectiveTaskReuse(**shown, task_name=name, task_id=id))
        work.reuse(name, id)
    return bool(id)


def _edge_details(work: Work, edge: EdgeSpec, tasks: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "nodes_to": edge.destinations,
        "nodes_from": edge.sources,
        "flow_name": work.graph.flow.name,
        "parent": tasks,
        "node_args": work.node_args,
        "dispatcher_id": work.run.id,
        "selective": shown_selection(work.run),
    }


def _foreach_text(edge: EdgeSpec) -> str | None:
    return None if edge.foreach is None else str(edge.foreach.function)


def _parent(work: Work, combination: Mapping[str, str]) -> Asking[dict[str, Any]]:
    """Return what the nodes that an edge starts learn of the combination that fired it."""
    flow = work.graph.flow
    parent: dict[str, Any] = {}
    for name, id in combination.items():
        shape = shape_of(flow.propagate_finished, flow.propagate_compound_finished, name)
        if not work.is_flow(name):
            parent[name] = id
        elif shape is not None:
            parent[name] = shape((yield from asked(AskFinished(name=name, id=id))))
    return parent


def shape_of(
    plain: bool | Names, together: bool | Names, name: str
) -> Callable[[NodeTree], dict[str, Any]] | None:
    """Return how the nodes of a sub-flow are shown, if they are."""
    if covers(plain, name):
        return nested
    return compound if covers(together, name) else None
