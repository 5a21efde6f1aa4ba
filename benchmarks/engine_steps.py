"""Measure steps of the engine in this process, and append what was measured to a file, as a line of JSON.

usage: python engine_steps.py OUTPUT

Times are CPU seconds of the least disturbed of several repetitions. What stands around the engine is as little as
there can be: a list of events, and the ids that joins read.
"""

from __future__ import annotations

import json
import math
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec, ForeachSpec, Reference, Results
from selinon.engine import (
    Ask,
    AskForeach,
    Event,
    NodeFailed,
    NodeFinished,
    Outcome,
    Run,
    Slice,
    Start,
    StartFlow,
    StartTask,
    begin,
    first_run,
    needs,
    select,
)
from selinon.engine.codec import decode_run, encode_command, encode_delta, encode_slice

ID = "5d1f6f0a-3f0e-4a1b-9f55-2a6b7c8d9e0f"
ARGUMENTS = {"ecosystem": "pypi", "name": "selinon"}
MICROSECOND = 1e-6

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Play:
    """A run whose tasks finish one by one, in the order in which they start; `answer` answers what is asked."""

    def __init__(self, flow: FlowSpec, answer: Callable[[Ask], Any] | None = None) -> None:
        self._flow = flow
        self._answer = answer
        self.run: Run = first_run(ID, flow.name, ARGUMENTS)
        self.waiting: deque[Event] = deque([Start()])
        self._joined: dict[str, list[str]] = {}

    def step(self) -> Outcome:
        """Take a step over the event that has waited longest."""
        events = (self.waiting.popleft(),)
        names = needs(self._flow, self.run, events)
        joined = {name: tuple(self._joined[name]) for name in names}
        step = begin(self._flow, Slice(self.run, joined), events)
        while step.ask is not None:
            assert self._answer is not None, "nothing is asked in this flow"
            step.answer(self._answer(step.ask))
        outcome = step.outcome
        self.run = outcome.run
        for name, id in outcome.joined:
            self._joined.setdefault(name, []).append(id)
        for command in outcome.commands:
            if isinstance(command, StartTask | StartFlow):
                self.waiting.append(NodeFinished(command.id, command.name))
        return outcome

    def to_the_end(self) -> float:
        """Take all steps; return the time that they took."""
        began = process_time()
        while not self.run.ended:
            self.step()
        return process_time() - began


def flow(*edges: EdgeSpec, **details: Any) -> FlowSpec:
    """Return a flow of these edges."""
    return FlowSpec(name="flow", fingerprint="", edges=edges, **details)


def edge(sources: str, destinations: str, **details: Any) -> EdgeSpec:
    """Return an edge between names that are separated by blanks."""
    return EdgeSpec(
        key=f"{sources}>{destinations}",
        sources=tuple(sources.split()),
        destinations=tuple(destinations.split()),
        **details,
    )


def chain(length: int) -> FlowSpec:
    """Return a flow of tasks with names of their own, one after the other."""
    names = [f"Task{number}" for number in range(length)]
    return flow(*(edge(*pair) for pair in zip(["", *names], names, strict=False)))


def steps_per_second() -> float:
    """Return how many steps of a chain of 20 are taken in a second of CPU time, each over one event."""
    spec = chain(20)

    def play() -> int:
        run = first_run(ID, "flow", ARGUMENTS)
        event: Event = Start()
        steps = 0
        while not run.ended:
            events = (event,)
            needs(spec, run, events)
            outcome = begin(spec, Slice(run), events).outcome
            run = outcome.run
            for command in outcome.commands:
                if isinstance(command, StartTask):
                    event = NodeFinished(command.id, command.name)
            steps += 1
        return steps

    return _rate(play)


def steps_through_rows() -> float:
    """Return the same where each step reads its slice from a text of JSON and writes the rows of what it came to."""
    spec = chain(20)
    play = Play(spec)
    recorded: list[tuple[str, tuple[Event, ...]]] = []
    while not play.run.ended:
        recorded.append((_encode(encode_slice(play.run)), (play.waiting[0],)))
        play.step()

    def again() -> int:
        for row, events in recorded:
            run = decode_run(json.loads(row))
            needs(spec, run, events)
            _encode(written(begin(spec, Slice(run), events).outcome))
        return len(recorded)

    return _rate(again)


def written(outcome: Outcome) -> dict[str, Any]:
    """Return the rows of what a step came to."""
    return {
        "delta": encode_delta(outcome.delta),
        "commands": [encode_command(command) for command in outcome.commands],
        "joined": outcome.joined,
        "archived": outcome.archived,
        "released": outcome.released,
    }


def _rate(play: Callable[[], int], seconds: float = 1.0, least: float = 0.02) -> float:
    """Return the steps of plays per second: the best of many short stretches, over so many seconds."""
    best = 0.0
    end = process_time() + seconds
    while (began := process_time()) < end:
        steps = play()
        while (now := process_time()) < began + least:
            steps += play()
        best = max(best, steps / (now - began))
    return best


def ends_of(make: Callable[[], Play], steps: int, runs: int) -> float:
    """Return how much longer the last 100 of the steps of a run take than the first 100, at their quickest in runs."""
    first, last = [], []
    for _ in range(runs):
        play = make()
        first.append(_timed(play, 100))
        _timed(play, steps - 200)
        last.append(_timed(play, 100))
    return min(last) / min(first)


def _timed(play: Play, steps: int) -> float:
    began = process_time()
    for _ in range(steps):
        play.step()
    return process_time() - began


def rounds(number: int) -> Play:
    """Return a run of one task that follows itself so many times."""
    left = iter(range(number - 1, -1, -1))
    spec = flow(edge("", "A"), edge("A", "A", condition=_never_called))
    return Play(spec, lambda ask: next(left) > 0)


def bytes_of_rounds(number: int) -> int:
    """Return the most that a step of such a run reads and writes."""
    play = rounds(number)
    most = 0
    while not play.run.ended:
        read = len(_encode(encode_slice(play.run)))
        most = max(most, read + len(_encode(written(play.step()))))
    return most


def fan_out(number: int, *, joined: bool) -> Play:
    """Return a run that starts a task for each item, which are joined with another one if that is wanted."""
    edges = [edge("", "A", foreach=_items()), edge("", "B")]
    edges += [edge("A B", "C")] if joined else []
    return Play(flow(*edges, ranks={"A": 1, "B": 0, "C": 2}), _answer_items(number))


def two_cycles(number: int) -> Play:
    """Return a run of two tasks that each follow themselves so many times, every pair of them being joined."""
    left = {name: iter(range(number - 1, -1, -1)) for name in "AB"}

    def answer(ask: Any) -> bool:
        return next(left[ask.place.sources[0]]) > 0

    again = {"condition": _never_called}
    cycles = (edge("A", "A", **again), edge("B", "B", **again))
    return Play(flow(edge("", "A B"), *cycles, edge("A B", "C")), answer)


def exponent(make: Callable[[int], Play], sizes: Sequence[int], of: int = 1) -> float:
    """Return with which power of what there is to do time grows: that is a size to the power `of`."""
    few, many = (min(make(size).to_the_end() for _ in range(3)) for size in sizes)
    return math.log(many / few) / math.log(sizes[1] / sizes[0]) / of


def failures_unanswered(number: int) -> float:
    """Return the time of the step in which the last of so many nodes fails, none of which a rule can answer."""
    names = [f"Task{number}" for number in range(number)]
    rules = tuple(
        FailureSpec(key=name, nodes=tuple(sorted((name, "Other"))), fallback=("Fallback",))
        for name in names
    )
    spec = flow(*(edge("", name) for name in (*names, "Other")), failures=rules)
    play = Play(spec)
    play.step()
    nodes = [node for node in play.waiting if isinstance(node, NodeFinished)]
    *events, last = [
        node if node.name == "Other" else NodeFailed(node.id, node.name, "broken")
        for node in sorted(nodes, key=lambda node: node.name)
    ]
    play.waiting = deque(events)
    while play.waiting:
        play.step()
    return _least(lambda: begin(spec, Slice(play.run), (last,)).outcome)


def diamonds(number: int) -> float:
    """Return the time in which the path through so many diamonds, one after the other, is found."""
    edges = [edge("", "T0")]
    for index in range(number):
        edges += [edge(f"T{index}", f"L{index}"), edge(f"T{index}", f"R{index}")]
        edges += [edge(f"L{index}", f"T{index + 1}"), edge(f"R{index}", f"T{index + 1}")]
    spec = flow(*edges)
    return _least(lambda: select("flow", {"flow": spec}.__getitem__, (f"T{number}",)))


def _least(call: Callable[[], object], times: int = 50) -> float:
    taken = []
    for _ in range(times):
        began = process_time()
        call()
        taken.append(process_time() - began)
    return min(taken)


def _items() -> ForeachSpec:
    return ForeachSpec(function=Reference("items", "of"))


def _answer_items(number: int) -> Callable[[Ask], Iterable[int]]:
    def answer(ask: Ask) -> Iterable[int]:
        assert isinstance(ask, AskForeach), "nothing else is asked in these flows"
        return range(number)

    return answer


def _never_called(results: Results, node_args: Any) -> bool:
    """Stand for a condition, which is answered instead."""
    raise AssertionError("the engine calls no condition")


def measured() -> dict[str, float]:
    """Return all figures by name."""
    many = chain(2_000)
    return {
        "steps": steps_per_second(),
        "steps through rows": steps_through_rows(),
        "chain": ends_of(lambda: Play(many), 2_000, 10),
        "cycle": ends_of(lambda: rounds(10_000), 10_000, 3),
        "bytes": bytes_of_rounds(10_000),
        "fan": exponent(lambda size: fan_out(size, joined=False), (1_250, 10_000)),
        "joined fan": exponent(lambda size: fan_out(size, joined=True), (1_250, 10_000)),
        "two cycles": exponent(two_cycles, (25, 150), of=2),
        "failures": failures_unanswered(22),
        "diamonds": diamonds(20),
    }


if __name__ == "__main__":
    with Path(sys.argv[1]).open("a", encoding="utf-8") as output:
        output.write(json.dumps(measured()) + "\n")
