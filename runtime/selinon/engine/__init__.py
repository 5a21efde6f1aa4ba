"""The engine: what happens next in a run, as a protocol of values.

    begin(flow, slice, events) → Ask* → Outcome(run, commands, rows, trace events)

There is no clock, no randomness and no I/O here. What the engine needs from outside it asks for; the caller answers.
Given the same slice, events and answers, a step yields equal commands with equal ids, so a step may be repeated, and
every recorded history can be replayed.
"""

from selinon.engine.asks import (
    Ask,
    AskCondition,
    AskFailed,
    AskFinished,
    AskForeach,
    AskResult,
    AskReuse,
    AskSelection,
    NodeTree,
    UserError,
)
from selinon.engine.commands import Command, EndRun, FailRun, RestartRun, StartFlow, StartTask
from selinon.engine.events import Event, NodeFailed, NodeFinished, Start
from selinon.engine.selective import Selection, select
from selinon.engine.state import Delta, Run, Slice, applied, first_run, needs
from selinon.engine.step import Outcome, Step, abandon, begin

__all__ = [
    "Ask",
    "AskCondition",
    "AskFailed",
    "AskFinished",
    "AskForeach",
    "AskResult",
    "AskReuse",
    "AskSelection",
    "Command",
    "Delta",
    "EndRun",
    "Event",
    "FailRun",
    "NodeFailed",
    "NodeFinished",
    "NodeTree",
    "Outcome",
    "RestartRun",
    "Run",
    "Selection",
    "Slice",
    "Start",
    "StartFlow",
    "StartTask",
    "Step",
    "UserError",
    "abandon",
    "applied",
    "begin",
    "first_run",
    "needs",
    "select",
]
