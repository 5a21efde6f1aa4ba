"""Recorded runs come to the same for ever: every folder of `golden/replay` is one configuration and one run of it.

`case.json` holds the `flow`, its `node_args`, how tasks end (`endings`, by name and in the order of executions), and
what is wanted of the flow if not all of it (`selective`). `history.json` is what comes of it: every step, with what it
saw, what it was answered and what it decided. The code of users is that of `golden/replay/modules`.
"""

from __future__ import annotations

import copy
import importlib
import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.golden.conftest import Compare

from selinon import registry
from selinon.abi import FlowSpec
from selinon.config import Config
from selinon.engine import Event, Outcome, Slice, Step, begin, select
from selinon.engine.codec import Row
from selinon.engine.history import recorded, replay
from selinon.local import LocalExecutor
from selinon.local.clock import VirtualClock

REPLAY = Path(__file__).parents[2] / "golden" / "replay"
CASES = sorted(file.parent.name for file in REPLAY.glob("*/case.json"))
RUN = uuid.UUID("c0ffee00-0000-4000-8000-000000000000")


class Recording:
    """Stands for `begin`: takes steps, and records them in the order in which they come to their outcome."""

    def __init__(self) -> None:
        self.steps: list[Row] = []

    def begin(self, flow: FlowSpec, slice: Slice, events: Iterable[Event]) -> Any:
        """Begin a step that is recorded."""
        return _Recorded(self, begin(flow, slice, events), slice, tuple(events))


class _Recorded:
    """A step whose answers are noted."""

    def __init__(
        self, recording: Recording, step: Step, slice: Slice, events: tuple[Event, ...]
    ) -> None:
        self._recording, self._step, self._slice, self._events = recording, step, slice, events
        self._answers: list[Any] = []

    @property
    def ask(self) -> Any:
        return self._step.ask

    def answer(self, value: Any) -> None:
        self._answers.append(copy.deepcopy(value))
        self._step.answer(value)

    @property
    def outcome(self) -> Outcome:
        outcome = self._step.outcome
        row = recorded(self._slice, self._events, self._answers, outcome)
        self._recording.steps.append(row)
        return outcome


def configured(case: str, patch: pytest.MonkeyPatch) -> None:
    """Make a case the configuration in use."""
    patch.syspath_prepend(REPLAY / "modules")
    Config.set_config_yaml(REPLAY / case / "nodes.yaml", [REPLAY / case / "flow.yaml"])


def played(case: str, patch: pytest.MonkeyPatch) -> list[Row]:
    """Run the flow of a case, and return its steps, as they are written."""
    configured(case, patch)
    told = json.loads((REPLAY / case / "case.json").read_text(encoding="utf-8"))
    replayed = importlib.import_module("replayed")
    patch.setattr(replayed, "ENDINGS", told["endings"])
    replayed.EXECUTIONS.clear()
    recording = Recording()
    patch.setattr("selinon.local.executor.begin", recording.begin)
    patch.setattr("selinon.local.executor.uuid.uuid4", lambda: RUN)
    deployment = registry.current()
    wanted = told.get("selective")
    selection = select(told["flow"], deployment.flow, **wanted) if wanted else None
    executor = LocalExecutor(deployment, clock=VirtualClock())
    executor.run(told["flow"], told["node_args"], selection)
    steps: list[Row] = json.loads(json.dumps(recording.steps))
    return steps


def history(case: str) -> list[Row]:
    """Return the recorded steps of a case."""
    steps: list[Row] = json.loads((REPLAY / case / "history.json").read_text(encoding="utf-8"))
    return steps


def printed(steps: list[Row]) -> bytes:
    """Return steps as they are written: a line for each value of a step that is no mapping in itself."""
    return f"{json.dumps(steps, indent=1, ensure_ascii=False)}\n".encode()


@pytest.mark.parametrize("case", CASES)
def test_a_run_comes_to_what_was_recorded(
    case: str, compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flow of a case, run now, takes the recorded steps with the recorded outcomes."""
    compare(REPLAY / case, {"history.json": printed(played(case, monkeypatch))})


@pytest.mark.parametrize("case", CASES)
def test_a_recorded_history_can_be_replayed(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every recorded step, given what it saw and was answered, comes to the recorded outcome, and nothing is run."""
    configured(case, monkeypatch)
    steps = history(case)
    assert steps
    for step in steps:
        outcome = json.loads(json.dumps(replay(registry.current().flow(step["flow"]), step)))
        assert outcome == step["outcome"]


def test_another_answer_is_another_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history whose answers are not those of its run is found out, and so is one with too many or too few of them."""
    configured("cycle", monkeypatch)
    flow = registry.current().flow("cycle")
    step = next(step for step in history("cycle") if step["answers"])
    changed = copy.deepcopy(step)
    changed["answers"][0] = {"$value": not changed["answers"][0]["$value"]}
    assert replay(flow, changed) != step["outcome"]
    with pytest.raises(ValueError, match="asks more"):
        replay(flow, {**step, "answers": step["answers"][:-1]})
    with pytest.raises(ValueError, match="asks less"):
        replay(flow, {**step, "answers": [*step["answers"], {"$value": True}]})
