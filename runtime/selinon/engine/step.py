"""One step of a run: from a batch of events to what is to be done.

A step over the first event of an attempt looks at the starting edges; any other step sorts its events into finished
and failed nodes, fires the edges that each finished node completes, and when nothing is active any more, answers
failures or ends the run. `_begin` is the order of things; each part is a generator that yields what it asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec
from selinon.engine.asks import (
    Ask,
    AskCondition,
    AskFinished,
    AskForeach,
    AskResult,
    Finished,
    UserError,
)
from selinon.engine.commands import Command, EndRun, FailRun, RestartRun
from selinon.engine.events import Event, NodeFailed, NodeFinished, Start
from selinon.engine.fallback import candidates
from selinon.engine.joins import combinations
from selinon.engine.parents import compound, nested
from selinon.engine.state import Run, Slice, next_attempt
from selinon.engine.work import Work, covers
from selinon.trace.event import Event as TraceEvent
from selinon.trace.events import (
    EagerFailure,
    EdgeCondFalse,
    FallbackCondFalse,
    FallbackCondTrue,
    FallbackStart,
    ForeachResult,
    NodeFailure,
    NodeSuccessful,
)

T = TypeVar("T")
Asking: TypeAlias = Generator[Ask, Any, T]
"""A part of a step: it yields asks, is sent the answers, and returns a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step comes to.

    `run` is the new record, which belongs to the next attempt when a command restarts the run. `joined` and
    `archived` are rows to append, pairs of a name and the id of a node that finished: the former are read by later
    steps, the latter make up the result. All of it is to be written at once, and only then acted upon.
    """

    run: Run
    commands: tuple[Command, ...]
    joined: tuple[tuple[str, str], ...]
    archived: tuple[tuple[str, str], ...]
    traces: tuple[TraceEvent, ...]


class _Raised(Exception):
    """User code raised while it was asked."""


class Step:
    """A step that is under way: `ask` is what it waits for, `outcome` what it came to.

    >>> flow = FlowSpec(name="f", fingerprint="", edges=(EdgeSpec(key="k", sources=(), destinations=("A",)),))
    >>> step = begin(flow, Slice(run=Run(id="r", flow="f")), [Start()])
    >>> step.ask, [command.name for command in step.outcome.commands]
    (None, ['A'])
    """

    def __init__(self, steps: Asking[Outcome]) -> None:
        self._steps = steps
        self._outcome: Outcome | None = None
        self.ask: Ask | None = None
        self._advance(None)

    def answer(self, value: Any) -> None:
        """Answer the current ask; `UserError` when user code raised."""
        assert self.ask is not None, "nothing was asked"
        self._advance(value)

    @property
    def outcome(self) -> Outcome:
        """Return what the step came to; only when nothing is asked any more."""
        assert self._outcome is not None, "an answer is missing"
        return self._outcome

    def _advance(self, value: Any) -> None:
        try:
            self.ask = self._steps.send(value)
        except StopIteration as stop:
            self.ask, self._outcome = None, stop.value


def begin(flow: FlowSpec, slice: Slice, events: Iterable[Event]) -> Step:
    """Begin a step of a run over a batch of events, each of which nobody has processed before."""
    return Step(_begin(flow, slice, tuple(events)))


def _begin(flow: FlowSpec, slice: Slice, events: tuple[Event, ...]) -> Asking[Outcome]:
    work = Work(flow, slice)
    finished, eager = _classify(work, events)
    if eager:
        for event in finished:
            work.finish(event.name, event.id)
        reason = f"the flow fails at once with `{eager.name}`: {eager.reason}"
        return _failed(work, reason)
    try:
        if any(isinstance(event, Start) for event in events):
            yield from _start(work)
        yield from _replace_arguments(work, finished)
        for event in finished:
            yield from _fire_edges(work, event)
            work.finish(event.name, event.id)
        if work.idle and work.failed:
            yield from _fall_back(work)
    except _Raised as raised:
        return _abandoned(flow, slice, events, str(raised))
    if not work.idle:
        return _outcome(work, ended=False)
    if work.failed or work.unforgiven:
        return _failed(work, None)
    return _outcome(work, EndRun(), ended=True)


def _classify(work: Work, events: Iterable[Event]) -> tuple[list[NodeFinished], NodeFailed | None]:
    """Sort outcomes; return the nodes that finished and the first failure that is not waited with."""
    finished: list[NodeFinished] = []
    eager: NodeFailed | None = None
    common: dict[str, Any] = {
        "flow_name": work.flow.name,
        "dispatcher_id": work.run.id,
        "selective": False,
    }
    for event in events:
        match event:
            case NodeFinished(id=id, name=name):
                work.leave(name)
                finished.append(event)
                work.traces.append(NodeSuccessful(**common, node_name=name, node_id=id))
            case NodeFailed(id=id, name=name, reason=reason):
                work.leave(name)
                work.fail(name, id)
                is_eager = covers(work.flow.eager_failures, name)
                eager = eager or (event if is_eager else None)
                kind = EagerFailure if is_eager else NodeFailure
                work.traces.append(kind(**common, node_name=name, node_id=id, what=reason))
            case Start():
                pass
    return finished, eager


def _start(work: Work) -> Asking[None]:
    """Fire the starting edges; their destinations get the parents that the run itself was given."""
    starting = [edge for edge in work.flow.edges if not edge.sources]
    parent = work.run.parent or {}
    for edge in starting:
        yield from _fire(work, edge, (), {}, parent)
    awaited = [command for command in work.started if command.awaited]
    alone = len(awaited) == 1 and not work.is_flow(awaited[0].name)
    if work.flow.node_args_from_first and alone:
        work.first = awaited[0].id


def _replace_arguments(work: Work, finished: Iterable[NodeFinished]) -> Asking[None]:
    """Make the result of the task that started the flow the flow's arguments."""
    for event in finished:
        if event.id == work.first:
            work.node_args = yield from _asked(AskResult(name=event.name, id=event.id))
            work.first = None


def _fire_edges(work: Work, event: NodeFinished) -> Asking[None]:
    """Fire each edge once for every combination that a node completes."""
    for edge in work.flow.edges:
        if event.name in edge.sources:
            for ids in combinations(edge.sources, event.name, event.id, work.joined):
                tasks = {
                    n: id for n, id in zip(edge.sources, ids, strict=True) if not work.is_flow(n)
                }
                yield from _fire(work, edge, ids, tasks, None)


def _fire(
    work: Work,
    edge: EdgeSpec,
    ids: tuple[str, ...],
    tasks: Mapping[str, str],
    parent: Mapping[str, Any] | None,
) -> Asking[None]:
    """Start the destinations of an edge for one combination, if its condition holds."""
    common: dict[str, Any] = {
        "nodes_to": edge.destinations,
        "nodes_from": edge.sources,
        "flow_name": work.flow.name,
        "parent": tasks,
        "node_args": work.node_args,
        "dispatcher_id": work.run.id,
        "selective": False,
    }
    if edge.condition is not None:
        holds = yield from _asked(AskCondition(place=edge, tasks=tasks, node_args=work.node_args))
        if not holds:
            work.traces.append(EdgeCondFalse(**common, condition=edge.condition_text))
            return
    items: Sequence[tuple[Any, ...]] = ((),)
    if edge.foreach is not None:
        pool = tasks if edge.sources else dict(parent or {})
        found = yield from _asked(AskForeach(edge=edge, tasks=pool, node_args=work.node_args))
        items = [(item,) if edge.foreach.propagate_result else () for item in found]
        work.traces.append(
            ForeachResult(
                **common,
                foreach_str=str(edge.foreach.function),
                condition_str=edge.condition_text,
                result=found,
            )
        )
    if parent is None:
        parent = yield from _parent(work, edge.sources, ids)
    work.fired[edge.key] += 1
    starts = [(item, name) for item in items for name in edge.destinations]
    for position, (item, name) in enumerate(starts):
        work.start(edge, ids, position, name, item=item, parent=parent)


def _parent(work: Work, sources: Sequence[str], ids: Sequence[str]) -> Asking[dict[str, Any]]:
    """Return what the nodes that an edge starts learn of the combination that fired it."""
    parent: dict[str, Any] = {}
    for name, id in zip(sources, ids, strict=True):
        shape = _shape(work.flow, name)
        if not work.is_flow(name):
            parent[name] = id
        elif shape is not None:
            parent[name] = shape((yield from _asked(AskFinished(name=name, id=id))))
    return parent


def _shape(flow: FlowSpec, name: str) -> Callable[[Finished], dict[str, Any]] | None:
    """Return how the finished nodes of a sub-flow are shown, if they are."""
    if covers(flow.propagate_finished, name):
        return nested
    return compound if covers(flow.propagate_compound_finished, name) else None


def _fall_back(work: Work) -> Asking[None]:
    """Answer failures, one combination at a time.

    When an answer has started a node that is waited for, the next combination is looked for once nothing is active
    again, so that what happens does not depend on how long nodes take.
    """
    for names, rules in candidates(work.flow.failures, work.failed.keys()):
        while all(name in work.failed for name in names):
            chosen = yield from _chosen(work, names, rules)
            if not chosen:
                break
            _answer(work, names, chosen)
            if not work.idle:
                return


def _chosen(
    work: Work, names: Sequence[str], rules: Iterable[FailureSpec]
) -> Asking[list[FailureSpec]]:
    """Return the rules over a combination whose conditions hold."""
    chosen = []
    for rule in rules:
        holds = True
        if rule.condition is not None:
            holds = yield from _asked(AskCondition(place=rule, tasks={}, node_args=work.node_args))
        kind = FallbackCondTrue if holds else FallbackCondFalse
        work.traces.append(kind(**_rule_details(work, names, rule)))
        if holds:
            chosen.append(rule)
    return chosen


def _answer(work: Work, names: Sequence[str], rules: Sequence[FailureSpec]) -> None:
    """Answer the oldest failure of each name of a combination by the fallbacks of its rules."""
    forgiven = not any(rule.propagate_failure for rule in rules)
    for rule in rules:
        work.traces.append(FallbackStart(**_rule_details(work, names, rule)))
    ids = {name: work.answer(name, forgiven=forgiven) for name in names}
    failed = {name: [id] for name, id in ids.items()}
    for rule in rules:
        for position, name in enumerate(rule.fallback):
            work.start(rule, tuple(ids.values()), position, name, failed=failed)


def _rule_details(work: Work, names: Sequence[str], rule: FailureSpec) -> dict[str, Any]:
    return {
        "flow_name": work.flow.name,
        "dispatcher_id": work.run.id,
        "nodes": [{"name": name, "id": work.failed[name][0]} for name in names],
        "selective": False,
        "fallback": rule.fallback,
        "condition_strs": [rule.condition_text],
    }


def _asked(ask: Ask) -> Asking[Any]:
    """Yield an ask; return its answer, or raise when user code did."""
    answer = yield ask
    if isinstance(answer, UserError):
        raise _Raised(answer.reason)
    return answer


def _abandoned(flow: FlowSpec, slice: Slice, events: Iterable[Event], reason: str) -> Outcome:
    """Return a step in which user code raised: outcomes are noted, nothing is started, the attempt fails."""
    work = Work(flow, slice)
    finished, _ = _classify(work, events)
    for event in finished:
        work.finish(event.name, event.id)
    return _failed(work, reason)


def _failed(work: Work, reason: str | None) -> Outcome:
    """Return the end of an attempt that failed: another attempt, or the end of the run."""
    failed = {name: tuple(ids) for name, ids in work.failed.items()}
    for name, ids in work.unforgiven.items():
        failed[name] = (*failed.get(name, ()), *ids)
    if work.run.attempt <= work.flow.max_retry:
        restart = RestartRun(failed=failed, reason=reason, countdown=work.flow.retry_countdown)
        return _outcome(work, restart, ended=False, run=next_attempt(work.run))
    return _outcome(work, FailRun(failed=failed, reason=reason), ended=True)


def _outcome(work: Work, *commands: Command, ended: bool, run: Run | None = None) -> Outcome:
    return Outcome(
        run=run or work.record(ended=ended),
        commands=(*work.started, *commands),
        joined=tuple(work.new_joined),
        archived=tuple(work.archived),
        traces=tuple(work.traces),
    )
