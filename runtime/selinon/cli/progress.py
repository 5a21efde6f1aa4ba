"""Showing what a run does: a live display on a terminal, plain lines elsewhere; both on standard error."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from selinon.cli.narration import Narrator, write_line
from selinon.engine import Outcome, Run
from selinon.registry import Deployment
from selinon.trace import Event
from selinon.trace.events import (
    FlowEnd,
    FlowFailure,
    FlowStart,
    TaskEnd,
    TaskFailure,
    TaskRetry,
    TaskSchedule,
    TaskStart,
)

_LINES = {
    FlowStart: "flow {flow_name} started",
    FlowEnd: "flow {flow_name} succeeded",
    FlowFailure: "flow {flow_name} failed",
    TaskStart: "task {flow_name}/{task_name} started",
    TaskEnd: "task {flow_name}/{task_name} finished",
    TaskRetry: "task {flow_name}/{task_name} will run again in {retry_countdown} s",
    TaskFailure: "task {flow_name}/{task_name} failed",
}


Watch: TypeAlias = Callable[[Run, Outcome], object]
"""What wants to be called with each step of a run."""


class LineSink:
    """Writes a line for each event that moves a run on."""

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Write a line."""
        form = _LINES.get(type(event))
        if form is not None:
            write_line(form.format(**details))


class DetailSink:
    """Writes a line for every event, with all that it says."""

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Write a line."""
        shown = " ".join(f"{name}={value!r}" for name, value in details.items())
        write_line(f"{event.wire_name()} {shown}")


class LiveSink:
    """Keeps a table of tasks with their counts on the screen."""

    def __init__(self, live: Any, table: Any) -> None:
        self._live = live
        self._table = table
        self._counts: dict[str, Counter[str]] = {}

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Count an event about a task, and show the table anew."""
        match event:
            case TaskSchedule():
                self._count(details, waiting=1)
            case TaskStart():
                self._count(details, waiting=-1, running=1)
            case TaskEnd():
                self._count(details, running=-1, finished=1)
            case TaskRetry():
                self._count(details, running=-1, waiting=1)
            case TaskFailure():
                self._count(details, running=-1, failed=1)
            case _:
                return
        self._live.update(self._table(self._counts))

    def _count(self, details: dict[str, Any], **changes: int) -> None:
        self._counts.setdefault(f"{details['flow_name']}/{details['task_name']}", Counter()).update(
            changes
        )


@contextmanager
def progress(deployment: Deployment, *, hidden: bool, verbose: int) -> Iterator[Watch | None]:
    """Show what the runs of a deployment do, as long as the context is open.

    With `verbose` of 1 each action is told, with more each trace event; then nothing is hidden. What the context
    yields, if anything, is to be called with each step of a run.
    """
    tracer = deployment.tracer
    before = tracer.sinks
    try:
        if verbose == 1:
            narrator = Narrator(deployment)
            tracer.sinks = (*before, narrator)
            yield narrator.step
        elif verbose or (not hidden and not _has_display()):
            tracer.sinks = (*before, DetailSink() if verbose else LineSink())
            yield None
        elif hidden:
            yield None
        else:
            with _display() as sink:
                tracer.sinks = (*before, sink)
                yield None
    finally:
        tracer.sinks = before


def _has_display() -> bool:
    """Return whether a live display can be shown: on a terminal, with the library that draws it."""
    import importlib.util

    return sys.stderr.isatty() and importlib.util.find_spec("rich") is not None


@contextmanager
def _display() -> Iterator[LiveSink]:
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    def table(counts: dict[str, Counter[str]]) -> Table:
        shown = Table("task", "waiting", "running", "finished", "failed")
        for name, of in counts.items():
            cells = (of["waiting"], of["running"], of["finished"], of["failed"])
            shown.add_row(name, *(str(count or "") for count in cells))
        return shown

    with Live(console=Console(stderr=True), refresh_per_second=10) as live:
        yield LiveSink(live, table)
