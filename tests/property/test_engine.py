"""Laws of the engine, on random flows: what happens does not depend on when nodes end."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, TypeAlias

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec, ForeachSpec, Reference, Results
from selinon.engine import (
    Ask,
    AskCondition,
    AskForeach,
    EndRun,
    Event,
    FailRun,
    NodeFailed,
    NodeFinished,
    Outcome,
    RestartRun,
    Slice,
    Start,
    StartFlow,
    StartTask,
    applied,
    begin,
    first_run,
    needs,
)
from selinon.engine.codec import (
    decode_command,
    decode_delta,
    decode_run,
    encode_delta,
    encode_slice,
)
from selinon.engine.history import record, replay
from selinon.store.memory import MemoryStore, Node
from selinon_compiler.analysis.ranks import ranks

NAMES = "ABCDEF"
MOST_NODES = 150
"""Runs that start more nodes than this are not looked at; most stay far below."""

ITEMS = ForeachSpec(function=Reference("items", "of"))

Label: TypeAlias = tuple[str, int]
"""What a node is, whatever its id: a digest of how it came to be, and the length of its longest history."""


def _asked(results: Results, node_args: Any) -> bool:
    """Stand for a condition: the test answers it, so it is never called."""
    raise AssertionError("the engine calls no condition")


def _names(known: Sequence[str], most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw several of the known names in alphabetical order."""
    drawn = st.lists(st.sampled_from(known), min_size=1, max_size=most, unique=True)
    return drawn.map(lambda names: tuple(sorted(names)))


@st.composite
def _edges(draw: st.DrawFn, *, cyclic: bool) -> tuple[EdgeSpec, ...]:
    """Draw edges from nodes that others lead to; unless cyclic, they lead on in the alphabet."""
    starting = draw(st.lists(st.sampled_from(NAMES[:3]), min_size=1, max_size=4))
    edges = [EdgeSpec(key="start", sources=(), destinations=tuple(starting))]
    reached = set(starting)
    for number in range(draw(st.integers(1, 5))):
        known = sorted(reached - (set() if cyclic else {NAMES[-1]}))
        sources = draw(_names(known))
        later = NAMES if cyclic else NAMES[NAMES.index(sources[-1]) + 1 :]
        destinations = draw(_names(later, most=2))
        reached.update(destinations)
        twice = draw(st.booleans()) and not cyclic
        edges.append(
            EdgeSpec(
                key=f"edge{number}",
                sources=sources,
                destinations=destinations * (2 if twice else 1),
                condition=_asked if cyclic or draw(st.booleans()) else None,
                foreach=ITEMS if draw(st.booleans()) and not cyclic else None,
            )
        )
    return tuple(edges)


@st.composite
def _failures(draw: st.DrawFn) -> tuple[FailureSpec, ...]:
    """Draw rules whose fallbacks come after their nodes in the alphabet, so that no fallback leads back."""
    rules = []
    for number in range(draw(st.integers(0, 4))):
        nodes = draw(_names(NAMES, most=2))
        later = [name for name in NAMES if name > nodes[-1]]
        fallback = draw(st.lists(st.sampled_from(later), max_size=2)) if later else []
        rules.append(
            FailureSpec(
                key=f"rule{number}",
                nodes=nodes,
                fallback=tuple(fallback),
                condition=_asked if draw(st.booleans()) else None,
                propagate_failure=bool(fallback) and draw(st.booleans()),
            )
        )
    return tuple(rules)


@st.composite
def flows(draw: st.DrawFn, *, cyclic: bool | None = None) -> FlowSpec:
    """Draw a flow with joins, conditions, nowait nodes and fallbacks."""
    is_cyclic = draw(st.booleans()) if cyclic is None else cyclic
    edges, failures = draw(_edges(cyclic=is_cyclic)), draw(_failures())
    waited_for = {name for edge in edges for name in edge.sources}
    waited_for |= {name for rule in failures for name in rule.nodes}
    free = sorted(set(NAMES) - waited_for)
    return FlowSpec(
        name="flow",
        fingerprint="",
        edges=edges,
        failures=failures,
        nowait=tuple(draw(st.lists(st.sampled_from(free), max_size=1))) if free else (),
        max_retry=draw(st.integers(0, 1)),
    )


class Play:
    """A run, its nodes ending as a table says and in the order in which `order` lets them.

    The table is a digest of what asks, so it gives one answer to one question whenever it is asked.
    """

    def __init__(self, flow: FlowSpec, table: int, order: Random) -> None:
        self.flow, self.table, self.order = flow, table, order
        self.run = first_run("run", flow.name, {"n": 1})
        self.joined: dict[str, list[str]] = {}
        self.labels: dict[str, Label] = {}
        self.names: dict[str, str] = {}
        self.active: list[str] = []
        self.finished: set[str] = set()
        self.firings: Counter[Any] = Counter()
        self.archive: Counter[Any] = Counter()
        self.ends: list[Any] = []
        self._places: Counter[Any] = Counter()

    def to_the_end(self) -> Play:
        """Run until the run has ended."""
        self._step((Start(),))
        while not self.run.ended:
            self._step((Start(),) if not self.run.started else self._some_ends())
            assume(len(self.labels) <= MOST_NODES)
        return self

    @property
    def summary(self) -> Any:
        """What may not depend on the order: what fired, what finished, how each attempt ended."""
        return self.firings, self.archive, self.ends, self.run.finished, self.run.fired

    def _some_ends(self) -> tuple[Event, ...]:
        """Return the ends of some active nodes, in some order."""
        assert self.active, "a run that has not ended waits for something"
        batch = self.order.sample(self.active, self.order.randint(1, len(self.active)))
        self.active = [id for id in self.active if id not in batch]
        return tuple(self._ended(id) for id in batch)

    def _ended(self, id: str) -> Event:
        if self._drawn(("outcome", self.labels[id])) % 4 == 0:
            return NodeFailed(id, self.names[id], "broken")
        return NodeFinished(id, self.names[id])

    def _step(self, events: tuple[Event, ...]) -> None:
        joined = {
            name: tuple(self.joined.get(name, ())) for name in needs(self.flow, self.run, events)
        }
        slice = Slice(run=self.run, joined=joined)
        outcome, recorded = record(self.flow, slice, events, self._answer)
        again, _ = record(self.flow, slice, events, self._answer)
        assert outcome == again, "a step that is repeated comes to the same"
        row = json.loads(json.dumps(recorded))
        assert replay(self.flow, row) == recorded["outcome"], "and so does one that is replayed"
        assert decode_run(row["run"]) == self.run, "rows survive their codec"
        assert all(joined.values())
        self._check_delta(slice, events, outcome)
        self._check_reads(joined, outcome, row["answers"])
        commands = [decode_command(command) for command in row["outcome"]["commands"]]
        assert commands == list(outcome.commands)
        self._written(outcome)
        attempt, self.run = self.run.attempt, outcome.run
        for name, id in outcome.joined:
            self.joined.setdefault(name, []).append(id)
        for name in outcome.released:
            self.joined.pop(name, None)
        for name, id in outcome.archived:
            self.finished.add(id)
            self.archive[attempt, name, self.labels[id]] += 1
        for command in outcome.commands:
            match command:
                case StartTask():
                    self._started(command, attempt)
                case StartFlow():
                    raise AssertionError("there are no sub-flows")
                case EndRun():
                    self.ends.append("succeeded")
                case FailRun(failed=failed) | RestartRun(failed=failed):
                    self.ends.append({name: len(ids) for name, ids in sorted(failed.items())})
                    self.active, self.joined = [], {}
        if not self.run.ended:
            assert self.run.active == Counter(self.names[id] for id in self.active)

    def _written(self, outcome: Outcome) -> None:
        """Write what a step came to, where the record is kept elsewhere as well."""

    def _check_delta(self, slice: Slice, events: tuple[Event, ...], outcome: Outcome) -> None:
        """Check that a delta stands for the change of the record, and is found without what no step reads."""
        row = json.loads(json.dumps(encode_delta(outcome.delta)))
        assert decode_delta(row) == outcome.delta, "deltas survive their codec"
        assert applied(self.run, outcome.delta) == outcome.run
        read = decode_run(json.loads(json.dumps(encode_slice(self.run))))
        assert not read.finished
        assert not read.fired
        step = begin(self.flow, Slice(run=read, joined=slice.joined), events)
        while step.ask is not None:
            step.answer(self._answer(step.ask))
        assert step.outcome.delta == outcome.delta
        assert step.outcome.commands == outcome.commands

    def _check_reads(
        self, joined: Mapping[str, tuple[str, ...]], outcome: Outcome, answers: Sequence[Any]
    ) -> None:
        """Check that of the ids that are read each is part of a combination which the step looks at."""
        combinations = sum(outcome.delta.fired.values()) + answers.count({"$value": False})
        if not outcome.delta.again:
            assert all(len(ids) <= combinations for ids in joined.values())

    def _answer(self, ask: Ask) -> Any:
        if isinstance(ask, AskForeach):
            history = [self.labels[id] for id in ask.tasks.values()]
            return [0] * (self._drawn(("items", ask.edge.key, history)) % 3)
        assert isinstance(ask, AskCondition)
        return self._holds(ask)

    def _holds(self, ask: AskCondition) -> bool:
        """Return whether a condition holds; behind a long history none does, so every cycle comes to an end."""
        history = [self.labels[id] for id in ask.tasks.values()]
        short = all(length < 4 for _, length in history)
        return short and self._drawn(("condition", ask.place.key, history)) % 3 > 0

    def _started(self, command: StartTask, attempt: int) -> None:
        """Note a node; `attempt` is that of the step, which may at the same time have ended it."""
        assert command.id not in self.labels, "ids are unique within a run"
        edge = next((edge for edge in self.flow.edges if edge.key == command.place), None)
        if edge is not None:
            assert tuple(command.parent) == edge.sources
            assert self.finished.issuperset(command.parent.values())
        origin = (attempt, command.place, command.name, self._history(command.parent))
        # Equal destinations of one firing are told apart by their place among them.
        firing = (origin, tuple(command.parent.values()), repr(command.failed))
        place = self._places[firing]
        self._places[firing] += 1
        self.firings[origin] += 1
        length = 1 + max((self.labels[id][1] for id in command.parent.values()), default=0)
        digest = hashlib.sha256(repr((origin, place)).encode()).hexdigest()[:16]
        self.labels[command.id], self.names[command.id] = (digest, length), command.name
        if command.awaited:
            self.active.append(command.id)

    def _history(self, parent: Mapping[str, Any]) -> tuple[Label, ...]:
        return tuple(self.labels[id] for id in parent.values())

    def _drawn(self, question: object) -> int:
        return hashlib.sha256(repr((self.table, question)).encode()).digest()[0]


TABLES = st.integers(0, 2**16)
ORDERS = st.randoms(use_true_random=False)
QUIET = settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much])


@QUIET
@given(flow=flows(), table=TABLES, one=ORDERS, another=ORDERS)
def test_what_happens_does_not_depend_on_order_or_batching(
    flow: FlowSpec, table: int, one: Random, another: Random
) -> None:
    """Whatever order and groups nodes end in, the same fires, and all attempts end alike.

    On the way, every step is taken twice with equal outcomes, ids are unique, what starts has finished parents, and
    the record counts what is active.
    """
    assert Play(flow, table, one).to_the_end().summary == (
        Play(flow, table, another).to_the_end().summary
    )


@QUIET
@given(flow=flows(), table=TABLES, order=ORDERS)
def test_ids_that_are_released_are_not_missed(flow: FlowSpec, table: int, order: Random) -> None:
    """A run that drops the ids which the ranks of its nodes say nothing can need starts the same nodes."""
    steps = [(edge.sources, edge.destinations) for edge in flow.edges]
    steps += [(rule.nodes, rule.fallback) for rule in flow.failures]
    ranked = replace(flow, ranks=ranks(steps))
    seed = order.random()
    assert Play(ranked, table, Random(seed)).to_the_end().summary == (
        Play(flow, table, Random(seed)).to_the_end().summary
    )


@QUIET
@given(flow=flows(cyclic=False), table=TABLES, order=ORDERS)
def test_a_flow_without_cycles_ends(flow: FlowSpec, table: int, order: Random) -> None:
    """Such a flow ends after at most one step for each node, and the record knows all that finished."""
    play = Play(flow, table, order).to_the_end()
    assert len(play.ends) == play.run.attempt
    assert (play.ends[-1] == "succeeded") == (not play.run.unforgiven and not play.run.failed)
    last = Counter(
        name for attempt, name, _ in play.archive.elements() if attempt == len(play.ends)
    )
    assert play.run.finished == last


@QUIET
@given(flow=flows(), table=TABLES, order=ORDERS)
def test_every_combination_fires_once(flow: FlowSpec, table: int, order: Random) -> None:
    """Over an attempt, an edge without a condition fires as often as its sources have combinations."""
    play = Play(flow, table, order).to_the_end()
    for edge in flow.edges:
        product = 1
        for name in edge.sources:
            product *= play.run.finished.get(name, 0)
        fired = play.run.fired.get(edge.key, 0)
        assert fired <= product if edge.condition is not None else fired == product


class StoredPlay(Play):
    """A run whose record is a store's: what ends reports itself to the store, once or several times."""

    def __init__(self, flow: FlowSpec, table: int, order: Random, *, repeated: bool) -> None:
        super().__init__(flow, table, order)
        self.store = MemoryStore()
        self.store.create(self.run)
        self.nodes: dict[str, Node] = {}
        self._repeated = repeated

    def _some_ends(self) -> tuple[Event, ...]:
        """Return the events that the store makes of the ends of some active nodes, and of earlier ones again."""
        found = [self._reported(event) for event in super()._some_ends()]
        assert None not in found, "an end that is reported for the first time is news"
        if self._repeated:
            ended = sorted(self.nodes.keys() - set(self.active))
            again = self.order.choices(ended, k=3)
            found += [self._reported(self._ended(id)) for id in again]
        return tuple(event for event in found if event is not None)

    def _reported(self, event: Event) -> Event | None:
        match event:
            case NodeFinished(id=id):
                return self.store.complete(self.nodes[id])
            case NodeFailed(id=id, reason=reason):
                return self.store.fail(self.nodes[id], reason)
            case _:
                raise AssertionError("a node finishes or fails")

    def _written(self, outcome: Outcome) -> None:
        for node in self.store.commit(outcome):
            self.nodes[node.id] = node
        assert self.store.run(self.run.id) == outcome.run


@QUIET
@given(flow=flows(), table=TABLES, order=ORDERS)
def test_an_end_that_is_reported_again_changes_nothing(
    flow: FlowSpec, table: int, order: Random
) -> None:
    """The store makes an event of the first report only, so ends that come twice, or late, start nothing more.

    The engine itself takes events for new: whoever keeps runs sees to it that they are.
    """
    seed = order.random()
    repeated = StoredPlay(flow, table, Random(seed), repeated=True).to_the_end()
    assert repeated.summary == (
        StoredPlay(flow, table, Random(seed + 1), repeated=False).to_the_end().summary
    )
