"""How an event gets from where it happens to all sinks."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Protocol

from selinon.plain import copied
from selinon.trace.event import Event

__all__ = ["Sink", "Tracer"]

_LOGGER = logging.getLogger(__name__)


class Sink(Protocol):
    """Something that takes note of events."""

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Take note of an event; `details` are its fields, in the one mapping that all sinks get."""


class Tracer:
    """Passes every event to all sinks, in their order.

    A sink that fails does not keep an event from the next one, and never harms what is traced: its error goes to
    the standard logging. The details are copied as far as they are dicts and lists, so that a sink which changes
    them is seen by the sinks after it, and by nobody else.
    """

    def __init__(self, sinks: Iterable[Sink] = ()) -> None:
        self.sinks: tuple[Sink, ...] = tuple(sinks)

    def emit(self, event: Event) -> None:
        """Pass an event to all sinks; never raises an `Exception`."""
        if not self.sinks:
            return
        try:
            details = copied(event.details())
        except RecursionError:
            _LOGGER.exception("%s cannot be traced", event.wire_name())
            return
        for sink in self.sinks:
            try:
                sink.handle(event, details)
            except Exception:
                _LOGGER.exception("%s failed to trace %s", type(sink).__name__, event.wire_name())
