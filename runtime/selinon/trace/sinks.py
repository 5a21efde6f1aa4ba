"""The sinks: where trace events can go."""

from __future__ import annotations

import atexit
import importlib
import logging
import platform
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TextIO

from selinon.trace.event import Event, Level
from selinon.trace.events import TaskFailure
from selinon.trace.lines import json_line, utc_time

__all__ = ["FunctionSink", "JsonSink", "LoggingSink", "SentrySink", "StorageSink"]

_LOGGING_LEVELS: dict[Level, int] = {
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class LoggingSink:
    """Logs one line per event, `SELINON <host> - <EVENT> : <JSON>`, at the level of the event."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logger or logging.getLogger("selinon.trace")
        self._host = platform.node()

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Log an event."""
        level = _LOGGING_LEVELS[event.level]
        if not self._logger.isEnabledFor(level):
            return
        name = event.wire_name()
        line = json_line({"event": name, "time": utc_time(), "details": details})
        self._logger.log(level, "SELINON %s - %s : %s", self._host, name, line)


class JsonSink:
    """Writes one JSON object per event and line: to standard output, or to standard error if it is a bad one."""

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Write an event."""
        record = {
            "event": event.wire_name(),
            "time": utc_time(),
            "node": platform.node(),
            "details": details,
        }
        # Looked up on each event, as both streams may be replaced while the process runs.
        stream: TextIO = sys.stdout if event.level == "info" else sys.stderr
        # One call, so that the lines of several threads do not mix.
        stream.write(json_line(record) + "\n")
        stream.flush()


class FunctionSink:
    """Calls a function of the user with the number of an event and its details."""

    def __init__(self, function: Callable[[int, dict[str, Any]], object]) -> None:
        self._function = function

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Call the function."""
        self._function(event.number, details)


class StorageSink:
    """Calls a method of a storage with the number of an event and its details.

    `get_storage` opens the storage for one call: it connects if need be, and keeps other calls away meanwhile. Events
    which that itself causes, such as that of the connection, do not go to the storage again.
    """

    def __init__(
        self, get_storage: Callable[[], AbstractContextManager[object]], method: str = "trace"
    ) -> None:
        self._get_storage = get_storage
        self._method = method
        self._here = threading.local()

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Call the method."""
        if getattr(self._here, "busy", False):
            return
        self._here.busy = True
        try:
            with self._get_storage() as storage:
                getattr(storage, self._method)(event.number, details)
        finally:
            self._here.busy = False


class SentrySink:
    """Reports every `TASK_FAILURE`, and nothing else, to Sentry.

    The client is a private one, so neither does Sentry collect anything by itself, nor does the application's own
    use of Sentry change.

    Raises:
        ImportError: the library is not installed.
    """

    def __init__(self, dsn: str) -> None:
        try:
            self._sentry: Any = importlib.import_module("sentry_sdk")
            self._from_exception: Any = importlib.import_module(
                "sentry_sdk.utils"
            ).event_from_exception
        except ImportError as error:
            raise ImportError(
                "tracing to Sentry needs `sentry_sdk`; install `selinon[sentry]`"
            ) from error
        self._client = self._sentry.Client(dsn=dsn, default_integrations=False)
        # Reports are sent by a thread that the end of the process would cut off.
        atexit.register(self._client.close)

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Report a failed task: the exception that is being handled, or else its text."""
        if not isinstance(event, TaskFailure):
            return
        report: dict[str, Any] = {"level": "error", "message": event.what}
        hint: object = None
        exception = sys.exc_info()[1]
        if exception is not None:
            report, hint = self._from_exception(exception, client_options=self._client.options)
        report["tags"] = {"flow_name": event.flow_name, "task_name": event.task_name}
        report["extra"] = dict(details)
        self._client.capture_event(report, hint=hint)
