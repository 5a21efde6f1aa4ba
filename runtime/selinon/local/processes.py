"""Tasks in processes of their own, which are started when they are needed and replaced when they die."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from types import MappingProxyType
from typing import Any

from selinon.errors import SelinonError
from selinon.execution import Failed, TaskCall, attempt_failed
from selinon.loading import LoadedPackage
from selinon.local.channel import (
    Kind,
    TransferError,
    decoded,
    encoded,
    portable_exception,
    receive,
    send,
    with_traceback,
)
from selinon.local.workers import Ended
from selinon.registry import Deployment

__all__ = ["LostProcessError", "ProcessWorkers"]

_CODE = (
    "import sys; sys.path[:] = {path!r}; from selinon.local.task_process import main; main({fd})"
)

_PATIENCE, _SHORT_PATIENCE = 10.0, 0.5
"""Seconds that processes get to end by themselves: at the end of a run, and when it is abandoned."""


class LostProcessError(SelinonError):
    """The process that ran a task is gone."""


class _SetupPickler(pickle.Pickler):
    """Hands over a package as the files that it is loaded from."""

    def reducer_override(self, value: Any) -> Any:
        """Return how a value is made anew."""
        match value:
            case LoadedPackage():
                return LoadedPackage, (value._files, value.version)
            case MappingProxyType():
                return dict, (dict(value),)
            case _:
                return NotImplemented


def _encoded_setup(setup: Any) -> bytes:
    stream = io.BytesIO()
    _SetupPickler(stream, pickle.HIGHEST_PROTOCOL).dump(setup)
    return stream.getvalue()


class _Process:
    """A process that runs tasks; `call` is the one it is running.

    It leads a group of its own: Ctrl-C does not reach it, and what its tasks started ends with it.
    """

    def __init__(self, setup: bytes) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            code = _CODE.format(path=sys.path, fd=theirs.fileno())
            self._popen = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.connection = Connection(ours.detach())
        self.call: TaskCall | None = None
        send(self.connection, Kind.SETUP, setup)

    def signal(self, signum: int) -> None:
        """Send a signal to the process and to what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signum)

    def ended(self, patience: float) -> int | None:
        """Return how the process ended, waiting for it so many seconds at most; None if it did not."""
        try:
            return self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            return None

    def end_of(self) -> str:
        """Return how the process ended, for people; it is ended if it only closed its connection."""
        self.connection.close()
        status = self.ended(_SHORT_PATIENCE)
        if status is None:
            self.signal(signal.SIGKILL)
            self._popen.wait()
            return "closed its connection"
        if status < 0:
            return f"was killed by {signal.Signals(-status).name}"
        return f"ended with status {status}"


class ProcessWorkers:
    """Runs tasks in processes that load the same package.

    Storages stay in this process, which stores and reads what the tasks ask for: so results in memory are seen by all.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._processes: dict[Connection, _Process] = {}
        self._idle: list[_Process] = []
        self._ended: list[Ended] = []

    def start(self, call: TaskCall) -> None:
        """Hand a task to a process that is free, or to a new one; a task that cannot be handed over fails."""
        try:
            body = encoded(call, f"what task `{call.task}` is called with")
        except TransferError as error:
            self._fail(call, error)
            return
        while True:
            process = self._idle.pop() if self._idle else self._new_process()
            try:
                send(process.connection, Kind.CALL, body)
            except OSError:
                self._drop(process)
                continue
            process.call = call
            return

    def wait(self, timeout: float | None) -> Sequence[Ended]:
        """Serve what processes ask for; return what ended."""
        ready = wait(list(self._processes), 0 if self._ended else timeout)
        for connection in ready:
            assert isinstance(connection, Connection)
            process = self._processes[connection]
            try:
                kind, body = receive(connection)
            except (EOFError, OSError):
                self._lost(process)
            else:
                self._handle(process, kind, body)
        ended, self._ended = self._ended, []
        return ended

    def close(self, *, abandoned: bool) -> None:
        """End all processes: by themselves when they have nothing to do, else by signals."""
        processes = list(self._processes.values())
        if abandoned:
            for process in processes:
                process.signal(signal.SIGTERM)
        for process in processes:
            process.connection.close()
        limit = time.monotonic() + (_SHORT_PATIENCE if abandoned else _PATIENCE)
        for process in processes:
            ended = process.ended(max(0, limit - time.monotonic()))
            if abandoned or ended is None:
                process.signal(signal.SIGKILL)
                process.ended(_PATIENCE)
        self._processes.clear()
        self._idle.clear()

    def _new_process(self) -> _Process:
        traced = bool(self._deployment.tracer.sinks)
        setup = (self._deployment.package, logging.getLogger().level, traced)
        process = _Process(_encoded_setup(setup))
        self._processes[process.connection] = process
        return process

    def _drop(self, process: _Process) -> str:
        """Forget a process that is gone; return how it ended."""
        del self._processes[process.connection]
        if process in self._idle:
            self._idle.remove(process)
        return process.end_of()

    def _lost(self, process: _Process) -> None:
        call, end = process.call, self._drop(process)
        if call is not None:
            self._fail(call, LostProcessError(f"the process of task `{call.task}` {end}"))

    def _fail(self, call: TaskCall, error: SelinonError) -> None:
        """Let an attempt fail for a reason that is not the task's own."""
        text = f"{type(error).__name__}: {error}"
        self._ended.append((call, attempt_failed(self._deployment, call, error, text)))

    def _handle(self, process: _Process, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.ASK:
                answer = self._answer(body)
                try:
                    send(process.connection, Kind.ANSWER, answer)
                except OSError:
                    self._lost(process)
            case Kind.EVENT | Kind.LOG:
                self._report(kind, body)
            case Kind.STOP:
                raise KeyboardInterrupt
            case Kind.OUTCOME if process.call is not None:
                self._settle(process, process.call, body)
            case _:
                raise AssertionError(f"a process sent {kind}")

    def _settle(self, process: _Process, call: TaskCall, body: bytes) -> None:
        process.call = None
        self._idle.append(process)
        try:
            outcome = decoded(body, f"the result of task `{call.task}`")
        except TransferError as error:
            self._fail(call, error)
            return
        if isinstance(outcome, Failed):
            with_traceback(outcome.exception, outcome.traceback)
        self._ended.append((call, outcome))

    def _report(self, kind: Kind, body: bytes) -> None:
        """Pass on a trace event or a log record; one that cannot be read is left out."""
        try:
            found = decoded(body, "an event")
        except TransferError as error:
            logging.getLogger(__name__).warning("%s", error)
            return
        if kind is Kind.EVENT:
            self._deployment.tracer.emit(found)
        elif (logger := logging.getLogger(found.name)).isEnabledFor(found.levelno):
            logger.handle(found)

    def _answer(self, body: bytes) -> bytes:
        """Return what comes of what a task asked for: whether it raised, and what."""
        try:
            what, args = decoded(body, "what a task asked for")
            return encoded((False, self._asked(what, *args)), f"what `{what}` returned")
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return encoded((True, portable_exception(error)), "an exception")

    def _asked(self, what: str, *args: Any) -> Any:
        storages = self._deployment.storages
        match what:
            case "store_error":
                node_args, flow, task, id, error, text = args
                with_traceback(error, text)
                return storages.store_error(node_args, flow, task, id, (type(error), error, None))
            case "adapter":
                storage, name, given, details = args
                with storages.borrow(storage) as adapter:
                    return getattr(adapter, name)(*given, **details)
            case "flow_of" | "exception_of":
                return getattr(storages.node_records, what)(*args)
            case _:
                return getattr(storages, what)(*args)
