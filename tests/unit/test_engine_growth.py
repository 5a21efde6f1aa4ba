"""What a step reads, writes and does must not grow with the run, nor with the flow: counted, not timed."""

from __future__ import annotations

import json
import sys
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import pytest

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec, ForeachSpec, Reference, Results
from selinon.engine import (
    Ask,
    AskCondition,
    AskForeach,
    Event,
    FailRun,
    NodeFailed,
    NodeFinished,
    Outcome,
    Slice,
    Start,
    StartTask,
    begin,
    first_run,
    needs,
)
from selinon.engine.codec import encode_delta, encode_slice
from selinon_compiler.analysis.ranks import ranks


def _asked(results: Results, node_args: Any) -> bool:
    """Stand for a condition: the tests answer it, so it is never called."""
    raise AssertionError("the engine calls no condition")


def edge(sources: str, destinations: str, *, when: str = "", foreach: bool = False) -> EdgeSpec:
    """Return an edge between names that are separated by blanks; `when` names its condition."""
    return EdgeSpec(
        key=f"{sources}>{destinations}",
        sources=tuple(sources.split()),
        destinations=tuple(destinations.split()),
        condition=_asked if when else None,
        condition_text=when or "True",
        foreach=ForeachSpec(function=Reference("items", "of")) if foreach else None,
    )


def flow(*edges: EdgeSpec, **details: Any) -> FlowSpec:
    """Return a flow of these edges, whose nodes have ranks."""
    steps = [(edge.sources, edge.destinations) for edge in edges]
    return FlowSpec(name="flow", fingerprint="", edges=edges, ranks=ranks(steps), **details)


class Run:
    """A run whose nodes end one by one in the order in which they start, those of `failing` names by failing."""

    def __init__(
        self, spec: FlowSpec, answer: Callable[[Ask], Any] | None = None, failing: str = ""
    ) -> None:
        self.spec = spec
        self.record = first_run("run", spec.name, None)
        self.waiting: deque[Event] = deque([Start()])
        self.joined: dict[str, list[str]] = {}
        self.started: Counter[str] = Counter()
        self.ids: set[str] = set()
        self.read = 0
        self.outcome: Outcome
        self._answer = answer
        self._failing = failing.split()

    def step(self) -> Outcome:
        """Take a step over the event that has waited longest; `read` is how many ids it was given."""
        events = (self.waiting.popleft(),)
        joined = {name: tuple(self.joined[name]) for name in needs(self.spec, self.record, events)}
        self.read = sum(map(len, joined.values()))
        step = begin(self.spec, Slice(run=self.record, joined=joined), events)
        while step.ask is not None:
            assert self._answer is not None, "nothing is asked in this flow"
            step.answer(self._answer(step.ask))
        self.outcome = outcome = step.outcome
        self.record = outcome.run
        for name, id in outcome.joined:
            self.joined.setdefault(name, []).append(id)
        for name in outcome.released:
            self.joined.pop(name, None)
        for command in outcome.commands:
            if isinstance(command, StartTask):
                self.ids.add(command.id)
                self.started[command.name] += 1
                self.waiting.append(self._end(command))
        return outcome

    def to_the_end(self) -> Run:
        """Take all steps."""
        while not self.record.ended:
            self.step()
        return self

    def _end(self, command: StartTask) -> Event:
        if command.name in self._failing:
            return NodeFailed(command.id, command.name, "broken")
        return NodeFinished(command.id, command.name)


def calls_of(run: Run) -> int:
    """Return how many functions the engine calls on the way to the end of a run."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run.to_the_end()
    finally:
        sys.setprofile(None)
    return calls


def rounds(number: int, names: str) -> Callable[[Ask], Any]:
    """Return how conditions on tasks are answered that start so many rounds, the first one being there already."""
    left = {name: iter(range(number - 1, -1, -1)) for name in names}

    def answer(ask: Ask) -> bool:
        assert isinstance(ask, AskCondition)
        assert isinstance(ask.place, EdgeSpec)
        return next(left[ask.place.sources[0]], 0) > 0

    return answer


def items(number: int) -> Callable[[Ask], Any]:
    """Return how a foreach function is answered that returns so many items."""

    def answer(ask: Ask) -> range:
        assert isinstance(ask, AskForeach)
        return range(number)

    return answer


def test_a_join_of_two_cycles_fires_every_pair_once() -> None:
    """A and B follow themselves 12 times: C starts for each of the 144 pairs, and D for each A with the one S."""
    spec = flow(
        edge("", "S A B"),
        edge("A", "A", when="again"),
        edge("B", "B", when="again"),
        edge("A B", "C"),
        edge("S A", "D"),
    )
    run = Run(spec, rounds(12, "AB"))
    pairs = set()
    while not run.record.ended:
        outcome = run.step()
        joined = [c for c in outcome.commands if isinstance(c, StartTask) and len(c.parent) == 2]
        pairs |= {tuple(command.parent.values()) for command in joined}
        assert run.read == len(joined), "what is read is what is combined"
    assert run.started == {"S": 1, "A": 12, "B": 12, "C": 144, "D": 12}
    assert len(pairs) == 144 + 12
    assert len(run.ids) == run.started.total()


def test_a_join_in_a_cycle_is_let_go_of_with_the_cycle() -> None:
    """Ids are kept for as long as the cycle goes on, and dropped in the step in which it has ended."""
    spec = flow(
        edge("", "P"),
        edge("P", "Q R"),
        edge("Q R", "S"),
        edge("S", "P", when="again"),
        edge("S", "Z"),
    )
    run = Run(spec, rounds(3, "S"))
    kept = []
    while not run.record.ended:
        run.step()
        kept.append(sum(run.record.kept.values()))
        assert sum(map(len, run.joined.values())) == kept[-1]
    assert run.started["S"] == 9
    assert run.started["P"] == 3
    assert max(kept) == 6, "three rounds of Q and R"
    released = kept.index(0, kept.index(6))
    assert kept[released:] == [0] * (len(kept) - released)
    assert len(kept) - released > 1, "dropped before the end"


def test_nothing_is_read_for_a_join_that_something_is_missing_of() -> None:
    """Hundreds of A and B finish while C runs: none of them is read before C has finished, then all are."""
    spec = flow(edge("", "A B", foreach=True), edge("", "C"), edge("A B C", "D"))
    run = Run(spec, items(20))
    run.step()
    last = run.waiting.pop()
    while run.waiting:
        run.step()
        assert run.read == 0
    run.waiting.append(last)
    run.step()
    assert run.read == 40
    assert run.started["D"] == 400


def test_what_is_read_and_written_does_not_grow_with_a_chain() -> None:
    """After 2,000 tasks with names of their own a step reads and writes as much as after ten."""
    names = [f"Task{number:04}" for number in range(2000)]
    run = Run(flow(*(edge(*pair) for pair in zip(["", *names], names, strict=False))))
    sizes = []
    while not run.record.ended:
        read = len(json.dumps(encode_slice(run.record)))
        outcome = run.step()
        sizes.append(read + len(json.dumps(encode_delta(outcome.delta))))
    assert max(sizes[10:-1]) - min(sizes[10:-1]) < 10
    assert len(run.record.finished) == 2000


def _chain(length: int) -> Run:
    names = [f"Task{number}" for number in range(length)]
    return Run(flow(*(edge(*pair) for pair in zip(["", *names], names, strict=False))))


def _fan(number: int) -> Run:
    return Run(flow(edge("", "A", foreach=True)), items(number))


def _joined_fan(number: int) -> Run:
    return Run(flow(edge("", "A", foreach=True), edge("", "B"), edge("A B", "C")), items(number))


def _wide_join(number: int) -> Run:
    names = " ".join(f"Task{number}" for number in range(number))
    return Run(flow(edge("", names), edge(names, "End")))


def _failing_fan(number: int) -> Run:
    rules = (FailureSpec(key="r", nodes=("A", "B"), fallback=("F",)),)
    return Run(flow(edge("", "A", foreach=True), failures=rules), items(number), failing="A")


@pytest.mark.parametrize("shape", [_chain, _fan, _joined_fan, _failing_fan])
def test_four_times_the_nodes_take_four_times_the_work(shape: Callable[[int], Run]) -> None:
    """The engine calls functions in proportion to the nodes of a run, whatever there are already."""
    few, many = calls_of(shape(150)), calls_of(shape(600))
    assert many < 4.1 * few


def test_a_join_of_many_names_costs_little_for_each_of_them() -> None:
    """Of 600 tasks with names of their own, what is missing is found without looking at all of them in each step.

    How many are looked at depends on the order in which a set has them, on average on the logarithm of their number.
    """
    few, many = calls_of(_wide_join(150)), calls_of(_wide_join(600))
    assert many < 7 * few


def test_failures_that_no_rule_answers_are_found_at_once() -> None:
    """22 failed nodes have four million combinations; the rules are looked at instead."""
    names = [f"Task{number:02}" for number in range(22)]
    rules = tuple(
        FailureSpec(key=name, nodes=(name, "Zero"), fallback=("Fallback",)) for name in names
    )
    run = Run(flow(edge("", " ".join(names)), failures=rules), failing=" ".join(names))
    assert calls_of(run) < 10_000
    assert isinstance(run.outcome.commands[-1], FailRun)
