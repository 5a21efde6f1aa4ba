"""Recorded steps: what a step saw, what it was answered, and what it came to, as JSON values.

The engine decides by nothing else, so a recorded step that is replayed comes to the same commands with the same ids,
with this version of the engine and with later ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from selinon.abi import FlowSpec
from selinon.engine.asks import Ask
from selinon.engine.codec import (
    Row,
    decode_answer,
    decode_event,
    decode_run,
    encode_answer,
    encode_command,
    encode_event,
    encode_run,
)
from selinon.engine.events import Event
from selinon.engine.state import Slice
from selinon.engine.step import Outcome, Step, begin


def record(
    flow: FlowSpec, slice: Slice, events: Iterable[Event], answer: Callable[[Ask], Any]
) -> tuple[Outcome, Row]:
    """Take a step whose asks a function answers; return what it came to, and the record of it."""
    batch = tuple(events)
    step = begin(flow, slice, batch)
    answers: list[Any] = []
    while step.ask is not None:
        answers.append(answer(step.ask))
        step.answer(answers[-1])
    return step.outcome, recorded(slice, batch, answers, step.outcome)


def recorded(
    slice: Slice, events: Iterable[Event], answers: Iterable[Any], outcome: Outcome
) -> Row:
    """Return the record of a step that was taken."""
    return {
        "flow": slice.run.flow,
        "run": encode_run(slice.run),
        "joined": {name: list(ids) for name, ids in sorted(slice.joined.items())},
        "events": [encode_event(event) for event in events],
        "answers": [encode_answer(value) for value in answers],
        "outcome": encode_outcome(outcome),
    }


def replay(flow: FlowSpec, row: Row) -> Row:
    """Take a recorded step again; return the outcome, to be compared with the recorded one.

    Raises:
        ValueError: the step asks more, or less, than it did.
    """
    joined = {name: tuple(ids) for name, ids in row["joined"].items()}
    events = [decode_event(event) for event in row["events"]]
    step = begin(flow, Slice(run=decode_run(row["run"]), joined=joined), events)
    for answer in row["answers"]:
        if step.ask is None:
            raise ValueError(f"a step of flow `{flow.name}` asks less than it did")
        step.answer(decode_answer(answer))
    return encode_outcome(_ended(flow, step))


def _ended(flow: FlowSpec, step: Step) -> Outcome:
    if step.ask is not None:
        raise ValueError(f"a step of flow `{flow.name}` asks more than it did: {step.ask}")
    return step.outcome


def encode_outcome(outcome: Outcome) -> Row:
    """Return what a step came to; trace events are left out, which may gain details."""
    return {
        "run": encode_run(outcome.run),
        "commands": [encode_command(command) for command in outcome.commands],
        "joined": [list(pair) for pair in outcome.joined],
        "archived": [list(pair) for pair in outcome.archived],
        "released": list(outcome.released),
    }
