"""What a log record in a worker says about its place: the task that runs, or the run that is decided about."""

from __future__ import annotations

import contextvars
import functools
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, TypeVar

from selinon.store.protocol import Lead

__all__ = ["PLACES", "WithPlaces", "Within", "in_step", "is_within"]

F = TypeVar("F", bound=Callable[..., Any])

PLACES: Final = ("flow_name", "task_name", "task_id", "dispatcher_id")
"""The attributes that records get; each is `-` where there is nothing to say."""

_NOWHERE: Final = ("-", "-", "-", "-")

_HERE: Final = contextvars.ContextVar("_HERE", default=_NOWHERE)


class Within:
    """As a context: what is logged in it belongs to a task, or with only a flow and its run, to a step of the run."""

    __slots__ = ("_place", "_token")

    def __init__(self, flow: str, run: str, task: str = "-", node: str = "-") -> None:
        self._place = (flow, task, node, run)

    def __enter__(self) -> None:
        self._token = _HERE.set(self._place)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _HERE.reset(self._token)


def in_step(function: F) -> F:
    """Decorate a method that takes a `Lead` first: what is logged in it belongs to a step of that run."""

    @functools.wraps(function)
    def within(self: Any, lead: Lead, *more: Any) -> Any:
        with Within(lead.header.flow, lead.header.id):
            return function(self, lead, *more)

    return within  # type: ignore[return-value]  # called as it is


def is_within() -> bool:
    """Return whether what is logged now belongs to a task or a step."""
    return _HERE.get() is not _NOWHERE


class WithPlaces(logging.Filter):
    """Lets all records through, with the attributes `PLACES`; what the caller gave in `extra` stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Complete a record."""
        for name, value in zip(PLACES, _HERE.get(), strict=True):
            record.__dict__.setdefault(name, value)
        return True
