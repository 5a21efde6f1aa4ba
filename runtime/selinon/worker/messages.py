"""Messages of Celery: hints that something can be done, less than a kilobyte each, and results of runs."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, Final

from celery.backends.redis import RedisBackend

from selinon.errors import FlowError, UnknownError
from selinon.execution import Again, Done, Failed, TaskOutcome
from selinon.registry import Deployment
from selinon.worker.outlet import Hint

if TYPE_CHECKING:
    from selinon.store.redis_link import Server

__all__ = ["CONSUMED_QUEUES", "DISPATCHER", "ENVELOPE", "CeleryOutlet", "SilentOutlet"]

_LOGGER = logging.getLogger(__name__)

ENVELOPE: Final = "selinon.SelinonTaskEnvelope"
DISPATCHER: Final = "selinon.Dispatcher"

CONSUMED_QUEUES: Final = "SELINON_CONSUMED_QUEUES"
"""The environment variable in which a worker tells its processes, however they are begun, what it consumes."""


class CeleryOutlet:
    """Sends hints through an application's broker, and results to its result backend."""

    def __init__(self, app: Any, deployment: Deployment, *, inline: bool) -> None:
        self._app = app
        self._deployment = deployment
        self._inline = inline
        self._keeps_success = not app.conf.task_ignore_result
        self._successes = _server_of(app.backend)
        self._left = _Left()
        self._tells_of_sending = bool(app.conf.task_send_sent_event)
        self._flow_queues: dict[str, str] = {}
        self._task_queues: dict[str, str] = {}
        self._consumed = set(os.environ.get(CONSUMED_QUEUES, "").split(os.pathsep))

    def consumes(self, queue: str) -> None:
        """Note that a message of a queue was delivered to this process."""
        self._consumed.add(queue)

    def decides(self, flow: str) -> bool:
        """Return whether this process decides about runs of a flow: its worker takes messages of the flow's queue."""
        return self._inline and self._flow_queue(flow) in self._consumed

    def _flow_queue(self, flow: str) -> str | None:
        if flow not in self._flow_queues:
            try:
                self._flow_queues[flow] = self._deployment.flow_queue(flow)
            except UnknownError:
                return None
        return self._flow_queues[flow]

    def _task_queue(self, task: str) -> str:
        if task not in self._task_queues:
            self._task_queues[task] = self._deployment.task_queue(task)
        return self._task_queues[task]

    def prepare(self, hint: Hint) -> None:
        """Make the message of a hint, which may be the next that this thread sends."""
        with suppress(Exception):  # whatever it is, it is told when the hint is to be sent
            self._left.prepared = {hint: self._message_of(hint)}

    def publish(self, hints: Sequence[Hint]) -> bool:
        """Send hints to the queues of their tasks; return whether all were sent."""
        try:
            with self._app.producer_pool.acquire(block=True) as producer:
                # Older versions of kombu send one by one.
                batch = getattr(producer, "batch", None) if len(hints) > 1 else None
                with batch() if batch is not None else nullcontext():
                    for hint in hints:
                        message = self._left.prepared.pop(hint, None) or self._message_of(hint)
                        self._send(producer, ENVELOPE, message, self._task_queue(hint.task))
        except Exception as error:
            if isinstance(error, self._app.connection_for_write().connection_errors):
                _LOGGER.warning("%s hints are sent again later: %r", len(hints), error)
            else:
                _LOGGER.exception("%s hints are sent again later", len(hints))
            return False
        return True

    def wake(self, run: str, flow: str) -> None:
        """Send a hint to the queue of a flow that a run of it is to be looked at."""
        queue = self._flow_queue(flow)
        if queue is None:
            _LOGGER.warning("run %s waits for a worker that has flow `%s`", run, flow)
            return
        try:
            with self._app.producer_pool.acquire(block=True) as producer:
                message = self._message(str(uuid.uuid4()), DISPATCHER, (run, flow), flow)
                self._send(producer, DISPATCHER, message, queue)
        except Exception as error:
            _LOGGER.warning("run %s is hinted at again later: %r", run, error)

    def _message_of(self, hint: Hint) -> Any:
        return self._message(hint.node, ENVELOPE, tuple(hint), f"{hint.flow}.{hint.task}")

    def _message(self, id: str, name: str, arguments: Sequence[Any], shown: str) -> Any:
        # Celery's logs and events call the task as it is `shown`, and show the run in place of all arguments.
        return self._app.amqp.create_task_message(
            id,
            name,
            arguments,
            {},
            shadow=shown,
            argsrepr=repr(arguments[:1]),
            kwargsrepr="{}",
            ignore_result=True,
            create_sent_event=self._tells_of_sending,
        )

    def _send(self, producer: Any, name: str, message: Any, queue: str) -> None:
        amqp = self._app.amqp
        target = amqp.queues[queue]
        amqp.send_task_message(
            producer, name, message, queue=target, serializer="json", **_declaring(producer, target)
        )

    def note(self, node: str, outcome: TaskOutcome) -> None:
        """Put what became of an attempt of a task where `AsyncResult` finds it.

        That a task finished is left out if the application ignores results of tasks, as Celery does.
        """
        keep = self._app.backend.store_result
        try:
            match outcome:
                case Done():
                    if self._keeps_success:
                        self._left.nodes.append(node)
                case Again():
                    keep(node, None, "RETRY")
                case Failed(traceback=text):
                    keep(node, shown_failure(outcome), "FAILURE", traceback=text)
        except Exception as error:
            _LOGGER.warning("what became of task %s cannot be told: %r", node, error)

    def note_rest(self) -> None:
        """Put the successes that this thread has noted where `AsyncResult` finds them.

        It takes a tenth of a millisecond for each, for which what follows in the flow need not wait.
        """
        left = self._left.nodes
        while left:
            try:
                self._keep_success(left[0])
            except Exception as error:
                _LOGGER.warning("that task %s finished cannot be told: %r", left[0], error)
            del left[0]

    def _keep_success(self, node: str) -> None:
        """Put a success where `AsyncResult` finds it.

        What Celery does for it reads first what is there, as a success is not to be replaced; by another one it may be.
        It also waits for the answer, and nothing goes on from here that depends on it.
        """
        backend = self._app.backend
        if not isinstance(backend, RedisBackend):
            backend.store_result(node, None, "SUCCESS")
            return
        meta = {
            "status": "SUCCESS",
            "result": None,
            "traceback": None,
            "children": [],
            "date_done": self._app.now().isoformat(),
            "task_id": node,
        }
        key, value = backend.get_key_for_task(node), backend.encode(meta)
        if self._successes is None:
            backend.set(key, value)
            return
        expires = ("EX", int(backend.expires)) if backend.expires else ()
        self._successes.tell_plain(("SET", key, value, *expires), ("PUBLISH", key, value))

    def close(self) -> None:
        """Close the connections that are not Celery's."""
        if self._successes is not None:
            self._successes.close()

    def tell(self, run: str, state: Mapping[str, Any], *, failed: bool) -> None:
        """Put the end of a run where `AsyncResult` finds it."""
        self.note_rest()
        if failed:
            self._app.backend.store_result(run, FlowError(state), "FAILURE")
        else:
            self._app.backend.store_result(run, dict(state), "SUCCESS")


class _Left(threading.local):
    """What a thread is to send: the tasks that finished, of which that was not told yet, and prepared messages."""

    def __init__(self) -> None:
        self.nodes: list[str] = []
        self.prepared: dict[Hint, Any] = {}


def _server_of(backend: Any) -> Server | None:
    """Return what talks to the server of a result backend without waiting; None if it is not simply one of Redis."""
    if type(backend) is not RedisBackend:
        return None
    import redis

    from selinon.store.redis_link import Server

    # A pool of its own, as closing it must not close connections of Celery's.
    celerys = backend.client.connection_pool
    pool = redis.ConnectionPool(celerys.connection_class, **celerys.connection_kwargs)
    return Server(backend.as_uri(), redis.Redis(connection_pool=pool))


def shown_failure(failed: Failed) -> Exception:
    """Return the exception of a task as Celery can take it: one that ends processes would end a worker."""
    error = failed.exception
    return error if isinstance(error, Exception) else RuntimeError(failed.reason)


def _declaring(producer: Any, queue: Any) -> dict[str, Any]:
    """Return what makes a message declare its queue, once for each connection."""
    declared = producer.connection.__dict__.setdefault("_selinon_declared", set())
    if queue.name in declared:
        return {"declare": []}
    declared.add(queue.name)
    return {}


class SilentOutlet:
    """Decides nothing in its own process, so that no code of users runs there; else as another outlet."""

    def __init__(self, outlet: CeleryOutlet) -> None:
        self._outlet = outlet

    def decides(self, flow: str) -> bool:
        """Return False."""
        return False

    def prepare(self, hint: Hint) -> None:
        """Make the message of a hint, which may be the next that this thread sends."""
        self._outlet.prepare(hint)

    def publish(self, hints: Sequence[Hint]) -> bool:
        """Send hints to the queues of their tasks; return whether all were sent."""
        return self._outlet.publish(hints)

    def wake(self, run: str, flow: str) -> None:
        """Send a hint to the queue of a flow that a run of it is to be looked at."""
        self._outlet.wake(run, flow)

    def note(self, node: str, outcome: TaskOutcome) -> None:
        """Put what became of an attempt of a task where `AsyncResult` finds it."""
        self._outlet.note(node, outcome)

    def note_rest(self) -> None:
        """Put the successes that were noted where `AsyncResult` finds them."""
        self._outlet.note_rest()

    def tell(self, run: str, state: Mapping[str, Any], *, failed: bool) -> None:
        """Put the end of a run where `AsyncResult` finds it."""
        self._outlet.tell(run, state, failed=failed)
