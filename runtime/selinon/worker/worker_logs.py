"""Logging in Celery's workers: records say which task of which flow they are about, in whatever format is set."""

from __future__ import annotations

import logging
from typing import Any, Final

from celery.app.log import TaskFormatter
from celery.utils.log import ColorFormatter, task_logger

from selinon.worker.logs import WithPlaces, is_within

__all__ = ["complete_records", "log_tasks_as_tasks"]

_WITH_PLACES: Final = WithPlaces()


class _NodeFormatter(TaskFormatter):  # type: ignore[misc]  # Celery has no types
    """Shows tasks and steps of flows by their own names and ids, and everything else as Celery does."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text."""
        shows = ColorFormatter.format if is_within() else TaskFormatter.format
        return shows(self, record)  # type: ignore[no-any-return]  # as above


def complete_records(**_: Any) -> None:
    """Have the handlers that there are complete their records."""
    for logger in (logging.getLogger(), task_logger):
        for handler in logger.handlers:
            handler.addFilter(_WITH_PLACES)  # once, however often


def log_tasks_as_tasks(logger: logging.Logger, **_: Any) -> None:
    """Lead what tasks of flows log where tasks of Celery log."""
    complete_records()
    for handler in logger.handlers:
        known: Any = handler.formatter
        if type(known) is TaskFormatter:
            handler.setFormatter(
                _NodeFormatter(known._fmt, datefmt=known.datefmt, use_color=known.use_color)
            )
    logging.getLogger("selinon")  # made first: later, it would be put between the two
    logging.getLogger("selinon.task").parent = logger
