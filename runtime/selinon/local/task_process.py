"""A process that runs tasks for a local executor, one at a time, until its connection is closed.

It loads the same package as the executor. What tasks ask of storages goes to the executor, which holds the adapters
and caches; so do trace events and log records.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import threading
import traceback
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection
from typing import Any

from selinon import registry
from selinon.abi import TaskSpec
from selinon.execution import Stops, TaskCall, run_task
from selinon.loading import LoadedPackage
from selinon.local.channel import (
    Kind,
    decoded,
    encoded,
    portable_event,
    portable_exception,
    portable_outcome,
    receive,
    send,
)
from selinon.registry import Deployment
from selinon.storages.adapter import DataStorage, ExcInfo
from selinon.storages.memory import InMemoryStorage
from selinon.storages.pool import Storages
from selinon.trace import Event, Tracer

__all__ = ["main"]

_STOPS: Stops = (KeyboardInterrupt,)


def main(descriptor: int) -> None:
    """Run tasks until the connection, given as the descriptor of a socket, is closed by the executor."""
    executor = _Executor(Connection(descriptor))
    package, level, traced = executor.setup()
    logging.getLogger().setLevel(level)
    logging.getLogger().addHandler(_LogHandler(executor))
    deployment = _Deployment(package)
    deployment.storages = _Storages(deployment, executor)
    deployment.tracer = Tracer([_Sink(executor)] if traced else [])
    registry.set_current(deployment)
    while (call := executor.next_call()) is not None:
        try:
            outcome = portable_outcome(run_task(deployment, call, stops=_STOPS))
            executor.tell(Kind.OUTCOME, encoded(outcome, f"the result of task `{call.task}`"))
        except KeyboardInterrupt:
            executor.tell(Kind.STOP, b"")
            break
    deployment.storages.close()


class _Executor:
    """The other end of the connection; threads that tasks started may use it, too."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._asking = threading.Lock()
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._calls: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._busy = False

    def setup(self) -> tuple[LoadedPackage, int, bool]:
        """Return the package, the level of logging, and whether anybody listens to trace events."""
        _, body = receive(self._connection)
        threading.Thread(target=self._listen, name="executor", daemon=True).start()
        package, level, traced = decoded(body, "the configuration")
        return package, level, traced

    def next_call(self) -> TaskCall | None:
        """Wait for the next task; None when there will be none."""
        self._busy = False
        body = self._calls.get()
        if body is None:
            return None
        call: TaskCall = decoded(body, "the arguments")
        return call

    def tell(self, kind: Kind, body: bytes) -> None:
        """Send a message."""
        with self._sending:
            send(self._connection, kind, body)

    def ask(self, what: str, *args: Any) -> Any:
        """Return what the executor answers, or raise what it raised."""
        body = encoded((what, args), f"what `{what}` is called with")
        with self._asking:
            self.tell(Kind.ASK, body)
            raised, value = decoded(self._answers.get(), f"what `{what}` returned")
        if raised:
            raise value
        return value

    def _listen(self) -> None:
        """Sort messages; once the executor is gone, end with all processes of this group, unless nothing runs."""
        try:
            while True:
                kind, body = receive(self._connection)
                if kind is Kind.CALL:
                    self._busy = True
                    self._calls.put(body)
                else:
                    self._answers.put(body)
        except (EOFError, OSError):
            if self._busy and os.getpgrp() == os.getpid():
                os.killpg(os.getpgrp(), signal.SIGKILL)
            self._calls.put(None)


class _Deployment(Deployment):
    """A deployment in which results have to be such that they can be handed to the executor."""

    def validate(self, task: TaskSpec, result: Any) -> None:
        """Check a result; raises `TransferError` besides what the schema of the task raises."""
        super().validate(task, result)
        if type(result) not in (type(None), bool, int, float, str):
            encoded(result, f"the result of task `{task.name}`")


class _Storages(Storages):
    """The storages of the executor, asked from here; what keeps results in memory is there only."""

    def __init__(self, deployment: Deployment, executor: _Executor) -> None:
        super().__init__(deployment)
        self._executor = executor
        self.node_records = _Records(executor)

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        """Return a result; raises as in the executor."""
        return self._executor.ask("retrieve", flow_name, task_name, task_id)

    def retrieve_from_parent(self, flow_name: str, task_name: str, task_id: str) -> Any:
        """Return the result of a parent; raises as in the executor."""
        return self._executor.ask("retrieve_from_parent", flow_name, task_name, task_id)

    def store(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, result: Any
    ) -> object:
        """Keep a result; raises as in the executor."""
        return self._executor.ask("store", node_args, flow_name, task_name, task_id, result)

    def store_error(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, exc_info: ExcInfo
    ) -> None:
        """Keep an exception; raises as in the executor."""
        text = "".join(traceback.format_exception(*exc_info))
        error = portable_exception(exc_info[1])
        self._executor.ask("store_error", node_args, flow_name, task_name, task_id, error, text)

    def delete(self, flow_name: str, task_name: str, task_id: str) -> None:
        """Delete a result; raises as in the executor."""
        self._executor.ask("delete", flow_name, task_name, task_id)

    def connected(self, name: str) -> DataStorage:
        """Return an adapter of this process, or for a storage in memory, one that calls that of the executor."""
        adapter = self._deployment.storage(name).adapter.resolve()
        if isinstance(adapter, type) and issubclass(adapter, InMemoryStorage):
            proxy: Any = _Adapter(self._executor, name)
            return proxy  # type: ignore[no-any-return]  # it has the methods of the adapter
        return super().connected(name)


class _Adapter:
    """Calls the methods of an adapter of the executor."""

    def __init__(self, executor: _Executor, storage: str) -> None:
        self._executor = executor
        self._storage = storage

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **details: Any) -> Any:
            return self._executor.ask("adapter", self._storage, name, args, details)

        return call


class _Records:
    """What the executor knows of single nodes."""

    def __init__(self, executor: _Executor) -> None:
        self._executor = executor

    def flow_of(self, node_id: str) -> str | None:
        """Return the name of the flow in which a node ran."""
        found: str | None = self._executor.ask("flow_of", node_id)
        return found

    def exception_of(self, node_id: str) -> BaseException | None:
        """Return the exception with which a node failed."""
        found: BaseException | None = self._executor.ask("exception_of", node_id)
        return found


class _Sink:
    """Hands trace events to the executor."""

    def __init__(self, executor: _Executor) -> None:
        self._executor = executor

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Send an event."""
        self._executor.tell(Kind.EVENT, encoded(portable_event(event), "an event"))


class _LogHandler(QueueHandler):
    """Hands log records to the executor, which knows what to do with them."""

    def __init__(self, executor: _Executor) -> None:
        super().__init__(queue=None)  # type: ignore[arg-type]  # `enqueue` has a place of its own for records
        self._executor = executor

    def enqueue(self, record: logging.LogRecord) -> None:
        """Send a record, prepared to be pickled."""
        self._executor.tell(Kind.LOG, encoded(record, "a log record"))
