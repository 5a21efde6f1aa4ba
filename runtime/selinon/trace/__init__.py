"""Tracing: what happens in flows, tasks and storages, told to the sinks that are configured.

The events are in `selinon.trace.events`; a `Tracer` passes them to sinks. The names below are imported when they are
first used: the engine makes events, and needs none of the libraries by which sinks tell them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from selinon.trace.configured import configured_sinks
    from selinon.trace.event import Event
    from selinon.trace.numbers import Trace
    from selinon.trace.sinks import FunctionSink, JsonSink, LoggingSink, SentrySink, StorageSink
    from selinon.trace.table import event_table
    from selinon.trace.tracer import Sink, Tracer

__all__ = [
    "Event",
    "FunctionSink",
    "JsonSink",
    "LoggingSink",
    "SentrySink",
    "Sink",
    "StorageSink",
    "Trace",
    "Tracer",
    "configured_sinks",
    "event_table",
]

_ELSEWHERE: Final[dict[str, str]] = {
    "Event": "event",
    "Sink": "tracer",
    "Trace": "numbers",
    "Tracer": "tracer",
    "configured_sinks": "configured",
    "event_table": "table",
}
"""The module of each name; what is not here is a kind of sink."""


def __getattr__(name: str) -> Any:
    """Import a name."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _ELSEWHERE.get(name, "sinks")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the names."""
    return sorted(__all__)
