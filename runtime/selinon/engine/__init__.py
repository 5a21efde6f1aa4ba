"""The engine: what happens next in a run, as a protocol of values.

    begin(flow, slice, events) → Ask* → Outcome(run, commands, rows, trace events)

There is no clock, no randomness and no I/O here. What the engine needs from outside it asks for; the caller answers.
Given the same slice, events and answers, a step yields equal commands with equal ids, so a step may be repeated, and
every recorded history can be replayed.
"""

from selinon.engine.asks import (
    Ask,
    AskCondition,
    AskFinished,
    AskForeach,
    AskResult,
    Finished,
    UserError,
)
from selinon.engine.commands import Command, EndRun, FailRun, RestartRun, StartFlow, StartTask
from selinon.engine.events import Event, NodeFailed, NodeFinished, Start
from selinon.engine.state import Run, Slice, first_run, needs
from selinon.engine.step import Outcome, Step, begin

__all__ = [
    "Ask",
    "AskCondition",
    "AskFinished",
    "AskForeach",
    "AskResult",
    "Command",
    "EndRun",
    "Event",
    "FailRun",
    "Finished",
    "NodeFailed",
    "NodeFinished",
    "Outcome",
    "RestartRun",
    "Run",
    "Slice",
    "Start",
    "StartFlow",
    "StartTask",
    "Step",
    "UserError",
    "begin",
    "first_run",
    "needs",
]
