"""Two stores that are told the same give the same answers, whatever it is and in whatever order."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.contract import record
from tests.contract.benches import Bench, InProcessBench, RedisBench, stand_still

from selinon.store.protocol import (
    Claim,
    Ended,
    Header,
    Lead,
    More,
    NewNode,
    RunView,
    Write,
)

RUNS = ("one", "two", "child")
TASKS = ("a", "b", "c", "d")
NAMES = ("A", "B")
LEADERS = ("me", "you")
SECONDS = (0.0, 0.5, 4.0, 70.0)

runs = st.sampled_from(RUNS)
nodes = st.sampled_from((*TASKS, "child"))
seconds = st.sampled_from(SECONDS)
attempts = st.integers(1, 3)
rows = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(TASKS)), max_size=2).map(tuple)


@st.composite
def new_nodes(draw: st.DrawFn) -> NewNode:
    """Make up a node."""
    id = draw(nodes)
    return NewNode(
        id=id,
        name=id.upper(),
        kind="flow" if id == "child" else "task",
        awaited=draw(st.booleans()),
        body=f'"{id}"',
        delay=draw(seconds),
    )


def mostly(usual: Any, other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw a value that is seldom another one."""
    return st.one_of(st.just(usual), st.just(usual), st.just(usual), other)


first_writes = st.builds(
    Write,
    state=st.just("new"),
    given=st.sampled_from((None, "given")),
    nodes=st.lists(new_nodes(), max_size=4).map(tuple),
)
writes = st.builds(
    Write,
    state=st.sampled_from(("{}", "[]")),
    given=st.sampled_from((None, "given")),
    nodes=st.lists(new_nodes(), max_size=4).map(tuple),
    archived=rows,
    joined=rows,
    released=st.lists(st.sampled_from(NAMES), max_size=1).map(tuple),
    restart=mostly(None, seconds),
    ended=mostly(None, st.sampled_from((Ended(), Ended(failed="why")))),
    drop=mostly(False, st.just(True)),
)


def plain(answer: Any) -> Any:
    """Return an answer without an order that nobody promised."""
    if isinstance(answer, RunView):
        values = {name: getattr(answer, name) for name in RunView.__slots__}
        return {**values, "live": sorted(answer.live, key=lambda node: node.id)}
    return answer


class InStep(RuleBasedStateMachine):
    """Calls every operation of both stores, with what earlier answers said and with what they did not."""

    def __init__(self, first: Bench, second: Bench) -> None:
        super().__init__()
        self.benches = first, second
        self.claimed: list[tuple[str, str, int]] = [("one", "a", 1)]
        self.led: list[tuple[str, int, tuple[int, int]]] = [("one", 1, (0, 0))]
        self.tokens = itertools.count()

    def both(self, operation: str, *args: Any, **named: Any) -> Any:
        """Call an operation of both; return what they agree upon."""
        first, second = (getattr(bench.store, operation)(*args, **named) for bench in self.benches)
        assert plain(first) == plain(second), operation
        return first

    @rule(run=runs, write=first_writes, events=st.lists(st.just("s"), max_size=2))
    def start(self, run: str, write: Write, events: list[str]) -> None:
        """Start a run, of which no node is a sub-flow's yet."""
        parent = "one" if run == "child" else None
        header = Header(run, "flow", "shop", "1", "f00", parent)
        self.both("start", header, write, events)

    @rule(
        run=runs,
        node=nodes,
        attempt=attempts,
        process=st.sampled_from(("p", "q")),
        token=st.sampled_from(("t", "u")),
        guess=st.booleans(),
    )
    def claim(self, run: str, node: str, attempt: int, **more: Any) -> None:
        """Claim a node."""
        found = self.both("claim", run, node, attempt, **more)
        if isinstance(found, Claim):
            self.claimed.append((run, node, found.fence))
            if found.rev is not None:
                self.led.append((run, found.rev, (0, 0)))

    @rule(
        data=st.data(),
        lazy=st.booleans(),
        leader=st.sampled_from(("", *LEADERS)),
        guess=st.one_of(st.none(), writes),
    )
    def complete(self, data: st.DataObject, lazy: bool, leader: str, guess: Write | None) -> None:
        """Complete a node, with a fence that may be the right one."""
        run, node, fence = data.draw(st.sampled_from(self.claimed[-6:]))
        known = [rev for of, rev, _ in self.led if of == run]
        guessed = None if guess is None or not known else (known[-1], guess)
        self.done(run, node, fence, lazy, leader, guessed)

    @rule(run=runs, lazy=st.booleans(), leader=st.sampled_from(("", *LEADERS)))
    def complete_sub_flow(self, run: str, lazy: bool, leader: str) -> None:
        """Complete the node of a sub-flow."""
        self.done(run, "child", 0, lazy, leader, None)

    def done(self, run: str, node: str, fence: int, lazy: bool, leader: str, guess: Any) -> None:
        """Complete a node; keep the lead."""
        found = self.both(
            "complete",
            run,
            node,
            fence,
            f"f{node}",
            lazy=lazy,
            leader=leader,
            names=NAMES,
            guess=guess,
        )
        if isinstance(found, Lead):
            self.led.append((run, found.rev, found.taken))

    @rule(data=st.data(), countdown=seconds, counts=st.booleans(), lost=st.booleans())
    def again(self, data: st.DataObject, **more: Any) -> None:
        """Let a node come back."""
        self.both("again", *data.draw(st.sampled_from(self.claimed[-6:])), **more)

    @rule(run=runs, leader=st.sampled_from(LEADERS))
    def lead(self, run: str, leader: str) -> None:
        """Lead a run."""
        found = self.both("lead", run, leader, NAMES)
        if isinstance(found, Lead):
            self.led.append((run, found.rev, found.taken))

    @rule(data=st.data(), leader=st.sampled_from(LEADERS), write=writes)
    def commit(self, data: st.DataObject, leader: str, write: Write) -> None:
        """Commit a step from a revision that may be the present one."""
        run, rev, taken = data.draw(st.sampled_from(self.led[-4:]))
        found = self.both("commit", run, leader, rev, taken, write)
        if isinstance(found, More):
            self.led.append((run, rev + 1, found.taken))

    @rule(run=runs, delay=seconds, parked=st.sampled_from(("", "why")))
    def release(self, run: str, **more: Any) -> None:
        """Give up the lead."""
        self.both("release", run, **more)

    @rule(run=runs, node=nodes, attempt=attempts, delay=seconds, parked=st.just("why"))
    def defer(self, run: str, node: str, attempt: int, **more: Any) -> None:
        """Put a node off."""
        self.both("defer", run, node, attempt, **more)

    @rule(run=runs)
    def started(self, run: str) -> None:
        """Note that the run of a sub-flow is on record."""
        self.both("started", run, "child")

    @rule(run=runs, some=st.lists(nodes, max_size=3), attempt=attempts)
    def sent(self, run: str, some: list[str], attempt: int) -> None:
        """Note that nodes were published."""
        self.both("sent", run, some, attempt)

    @rule(run=runs)
    def told(self, run: str) -> None:
        """Note that the end was told of."""
        self.both("told", run)

    @rule(run=runs)
    def expire(self, run: str) -> None:
        """Let a run go, some time."""
        self.both("expire", run, 1_000_000)

    @rule(limit=st.integers(1, 9), data=st.data())
    def look(self, limit: int, data: st.DataObject) -> None:
        """Look at some of what is due."""
        found, _ = self.both("due", limit)
        for due in found:
            if data.draw(st.booleans()):
                self.both("look", due)

    @rule(passed=seconds)
    def advance(self, passed: float) -> None:
        """Let time pass."""
        for bench in self.benches:
            bench.advance(passed)

    @rule(run=runs)
    def read(self, run: str) -> None:
        """Read all that can be read."""
        for operation in "header", "brief", "view", "archive", "ended":
            self.both(operation, run)
        self.both("joined", run, NAMES)
        first, second = (list(bench.store.open_runs()) for bench in self.benches)
        assert first == second

    @invariant()
    def the_records_are_equal_and_sound(self) -> None:
        """Nothing that can go on is forgotten. That sub-flows report is up to whoever tells of their end."""
        first, second = (bench.dump() for bench in self.benches)
        assert first == second
        assert [fault for fault in record.faults(first) if not fault.startswith("sub-flow")] == []


@pytest.mark.slow
def test_stores_in_step(redis_url: str, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one in this process and the one in Redis answer alike and have the same on record."""
    stand_still(monkeypatch)
    numbers = itertools.count()

    class Machine(InStep):
        def __init__(self) -> None:
            self.redis = RedisBench(redis_url, f"{prefix}{next(numbers)}:", shards=1)
            super().__init__(InProcessBench(), self.redis)

        def teardown(self) -> None:
            self.redis.close()

    run_state_machine_as_test(Machine, settings=settings(max_examples=60, stateful_step_count=40))
