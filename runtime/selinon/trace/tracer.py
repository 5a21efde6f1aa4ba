"""How an event gets from where it happens to all sinks."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Protocol

from selinon.plain import copied, shown
from selinon.trace.event import Event

__all__ = ["Sink", "Tracer"]

_LOGGER = logging.getLogger(__name__)


class Sink(Protocol):
    """Something that takes note of events."""

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Take note of an event; `details` are its fields, in a mapping that belongs to this sink."""


class Tracer:
    """Passes every event to all sinks, in their order.

    A sink that fails does not keep an event from the next one, and never harms what is traced: its error goes to
    the standard logging. Each sink gets a copy of the details, as far as they are dicts and lists: functions of users
    hide or shorten what they pass on, and what one of them changes is neither seen by the next one nor by the run.
    """

    def __init__(self, sinks: Iterable[Sink] = ()) -> None:
        self.sinks: tuple[Sink, ...] = tuple(sinks)

    def emit(self, event: Event) -> None:
        """Pass an event to all sinks; never raises an `Exception`."""
        for sink in self.sinks:
            try:
                sink.handle(event, _copied_details(event))
            except Exception:
                _LOGGER.exception("%s failed to trace %s", type(sink).__name__, event.wire_name())


def _copied_details(event: Event) -> dict[str, Any]:
    """Return the details of an event; a value that is too deep to be copied, or contains itself, is shown as text."""
    details = event.details()
    for name, value in details.items():
        try:
            details[name] = copied(value)
        except RecursionError:
            details[name] = shown(value)
    return details
