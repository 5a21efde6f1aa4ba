"""One step of a run: from a batch of events to what is to be done.

A step over the first event of an attempt looks at the starting edges; any other step sorts its events into finished
and failed nodes, fires the edges that each finished node completes, and when nothing is active any more, answers
failures or ends the run. `_begin` is the order of things; each part is a generator that yields what it asks for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from selinon.abi import FlowSpec
from selinon.engine.asking import Asking, RaisedError, asked
from selinon.engine.asks import (
    Ask,
    AskResult,
)
from selinon.engine.commands import Command, EndRun, FailRun, RestartRun, StartTask
from selinon.engine.events import Event, NodeFailed, NodeFinished, Start
from selinon.engine.fallback import fall_back
from selinon.engine.firing import fire, fire_plain
from selinon.engine.graph import Graph, graph_of
from selinon.engine.joins import combinations
from selinon.engine.state import Delta, Run, Slice, applied, shown_selection
from selinon.engine.work import Work, covers
from selinon.record import Record
from selinon.trace.event import Event as TraceEvent
from selinon.trace.events import (
    EagerFailure,
    NodeFailure,
    NodeSuccessful,
)


class Outcome(Record):
    """What a step comes to.

    `run` is the new record, which belongs to the next attempt when a command restarts the run; `delta` is what is
    different in it, so that not all of it has to be written. `joined` and `archived` are rows to append, pairs of a
    name and the id of a node that finished: the former are read by later steps, the latter make up the result.
    `released` are names whose joined rows no step reads again. All of it is to be written at once, and only then acted
    upon.
    """

    run: Run
    delta: Delta
    commands: tuple[Command, ...]
    joined: tuple[tuple[str, str], ...]
    archived: tuple[tuple[str, str], ...]
    released: tuple[str, ...]
    traces: tuple[TraceEvent, ...]


MOST_ROUNDS = 10_000
"""In one step, earlier results take the place of nodes that depend on each other at most so many times in a row."""


class Step:
    """A step that is under way: `ask` is what it waits for, `outcome` what it came to.

    >>> from selinon.abi import EdgeSpec
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
    return Step(_begin(graph_of(flow), slice, tuple(events)))


def _begin(graph: Graph, slice: Slice, events: tuple[Event, ...]) -> Asking[Outcome]:
    work = Work(graph, slice)
    finished, eager, start = _classify(work, events)
    if eager:
        for event in finished:
            work.finish(event.name, event.id)
        return _failed(work, f"the flow fails at once with `{eager.name}`: {eager.reason}")
    try:
        if start:
            yield from _start(work)
        yield from _go_on(work, finished)
        if work.failed and not work.running:
            yield from fall_back(work)
    except RaisedError as raised:
        return _abandoned(graph, slice, events, str(raised))
    if work.running:
        released = work.release()
        return _outcome(work, work.delta(ended=False), released=released)
    if work.failed or work.unforgiven:
        return _failed(work, None)
    return _outcome(work, work.delta(ended=True), EndRun())


def _classify(
    work: Work, events: Iterable[Event]
) -> tuple[list[NodeFinished], NodeFailed | None, bool]:
    """Sort events; return the nodes that finished, the first failure that is not waited with, and whether to start."""
    finished: list[NodeFinished] = []
    eager: NodeFailed | None = None
    start = False
    flow, run = work.graph.flow, work.run
    shown = shown_selection(run) if run.selection else False
    for event in events:
        match event:
            case NodeFinished(id=id, name=name):
                work.leave(name)
                finished.append(event)
                work.traces.append(
                    NodeSuccessful(
                        flow_name=flow.name,
                        dispatcher_id=run.id,
                        selective=shown,
                        node_name=name,
                        node_id=id,
                    )
                )
            case NodeFailed(id=id, name=name, reason=reason):
                work.leave(name)
                work.fail(name, id)
                is_eager = covers(flow.eager_failures, name)
                eager = eager or (event if is_eager else None)
                kind = EagerFailure if is_eager else NodeFailure
                work.traces.append(
                    kind(
                        flow_name=flow.name,
                        dispatcher_id=run.id,
                        selective=shown,
                        node_name=name,
                        node_id=id,
                        what=reason,
                    )
                )
            case Start():
                start = True
    return finished, eager, start


def _start(work: Work) -> Asking[None]:
    """Fire the starting edges; their destinations get the parents that the run itself was given."""
    for edge in work.graph.starting:
        yield from fire(work, edge, (), work.run.parent or {})
    first = [command.id for command in work.started if command.awaited]
    tasks = [command.id for command in work.started if isinstance(command, StartTask)]
    first += [event.id for event in work.reused]
    tasks += [event.id for event in work.reused]
    if work.graph.flow.node_args_from_first and len(first) == 1 and first[0] in tasks:
        work.first = first[0]


def _go_on(work: Work, finished: Sequence[NodeFinished]) -> Asking[None]:
    """Fire the edges that nodes complete which finished, then those that earlier results complete in their places."""
    for rounds in itertools.count():
        for event in finished if work.first else ():
            if event.id == work.first:  # the result of the task that started the flow
                work.node_args = yield from asked(AskResult(name=event.name, id=event.id))
                work.first = None
        for event in finished:
            for edge, sources in work.graph.onward.get(event.name, ()):
                if work.subset is None and edge.key in work.graph.plain:
                    fire_plain(work, edge, event)
                elif (work.subset is None or edge.key in work.subset) and all(
                    source in work.joined for source in sources if source != event.name
                ):
                    for ids in combinations(edge.sources, event.name, event.id, work.joined):
                        yield from fire(work, edge, ids, None)
            work.finish(event.name, event.id)
        if not work.reused:
            return
        if rounds == MOST_ROUNDS:
            names = ", ".join(f"`{event.name}`" for event in work.reused[:3])
            raise RaisedError(
                f"in flow `{work.graph.flow.name}`, results of {names} are reused without end"
            )
        finished, work.reused = work.reused, []


def abandon(flow: FlowSpec, slice: Slice, events: Iterable[Event], reason: str) -> Outcome:
    """Return a step whose decision cannot be carried out: nothing is started, and the attempt fails for a reason."""
    return _abandoned(graph_of(flow), slice, tuple(events), reason)


def _abandoned(graph: Graph, slice: Slice, events: Iterable[Event], reason: str) -> Outcome:
    """Return a step in which user code raised: outcomes are noted, nothing is started, the attempt fails."""
    work = Work(graph, slice)
    finished, _, _ = _classify(work, events)
    for event in finished:
        work.finish(event.name, event.id)
    return _failed(work, reason)


def _failed(work: Work, reason: str | None) -> Outcome:
    """Return the end of an attempt that failed: another attempt, or the end of the run."""
    failed = {name: tuple(ids) for name, ids in work.failed.items()}
    for name, ids in work.unforgiven.items():
        failed[name] = (*failed.get(name, ()), *ids)
    flow = work.graph.flow
    if work.run.attempt <= flow.max_retry:
        restart = RestartRun(failed=failed, reason=reason, countdown=flow.retry_countdown)
        return _outcome(work, Delta(again=True), restart)
    return _outcome(work, work.delta(ended=True), FailRun(failed=failed, reason=reason))


def _outcome(
    work: Work, delta: Delta, *commands: Command, released: tuple[str, ...] = ()
) -> Outcome:
    return Outcome(
        applied(work.run, delta),
        delta,
        (*work.started, *commands),
        tuple(work.new_joined),
        tuple(work.archived),
        released,
        tuple(work.traces),
    )
