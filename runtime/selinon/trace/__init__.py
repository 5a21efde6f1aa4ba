"""Tracing: what happens in flows, tasks and storages, told to the sinks that are configured.

The events are in `selinon.trace.events`; a `Tracer` passes them to sinks.
"""

from __future__ import annotations

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
