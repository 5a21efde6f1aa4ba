"""Broker, workers and result backend in memory, in place of Celery, under the original.

The original imports `Task` and `AsyncResult` from Celery; `install` puts these in their place before it does.
Messages go through JSON, as a broker's would. A flow waits in a message of its dispatcher; it is looked at when one of
its active nodes has ended.
"""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from tests.conformance.names import Name
from tests.conformance.turns import Turns

if TYPE_CHECKING:
    # The application imports the original, which is to find what this module installs.
    from tests.conformance.application import World


class Requeued(Exception):
    """Stands for the exception by which Celery leaves a task that it has sent again."""

    def __init__(self, kwargs: dict[str, Any]) -> None:
        super().__init__()
        self.kwargs = kwargs


class AsyncResult:
    """How a node ended, if it has."""

    def __init__(self, id: str) -> None:
        self.task_id = self.id = id

    def __str__(self) -> str:
        return self.id

    def successful(self) -> bool:
        """Return whether it ended well."""
        return Broker.current.ends.get(self.id, (None,))[0] is True

    def failed(self) -> bool:
        """Return whether it failed."""
        return Broker.current.ends.get(self.id, (None,))[0] is False

    @property
    def result(self) -> Any:
        """Return the result, or the exception."""
        return Broker.current.ends.get(self.id, (None, None))[1]

    @property
    def traceback(self) -> str:
        """Return a text."""
        return "traceback"


class Task:
    """The base of the original's two Celery tasks."""

    request: Any = None

    def apply_async(self, kwargs: dict[str, Any], **options: Any) -> AsyncResult:
        """Send a message."""
        return AsyncResult(Broker.current.publish(kwargs))

    def retry(
        self,
        kwargs: dict[str, Any] | None = None,
        exc: BaseException | None = None,
        max_retries: int | None = None,
        **options: Any,
    ) -> None:
        """Send the message again, or fail when there are to be no retries."""
        if max_retries == 0 and exc is not None:
            raise exc
        raise Requeued(kwargs or {})


class Broker:
    """Messages and results of one run of the application."""

    current: ClassVar[Broker]

    def __init__(self, world: World, turns: Turns, dispatcher: Any, envelope: Any) -> None:
        self.world = world
        self.ends: dict[str, tuple[bool, Any]] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.first_arguments: dict[str, Any] = {}
        self.published: list[str] = []
        self._turns = turns
        self._dispatcher = dispatcher
        self._envelope = envelope
        self._urgent: set[str] = set()
        self._at: tuple[str, int] | None = None
        self._count = 0

    def publish(self, kwargs: dict[str, Any]) -> str:
        """Take a message of a task or of a flow; return its id."""
        sent = json.loads(json.dumps(kwargs))
        self._count += 1
        id = f"node{self._count}"
        names, node_args, parent = self.world.names, sent["node_args"], sent.get("parent")
        if "task_name" in sent:
            run, attempt = self._at or ("", 0)
            names.add_task(id, run, attempt, sent["task_name"], node_args, parent)
            self.tasks[id] = sent
        else:
            names.add_run(id, sent["flow_name"], node_args, parent, self._at)
            self.first_arguments[id] = node_args
            self.messages[id] = sent
            self._urgent.add(id)
        self.published.append(id)
        return id

    def discard(self, ids: list[str]) -> None:
        """Take back messages."""
        for id in ids:
            self.tasks.pop(id, None)
            self.messages.pop(id, None)

    def run(self) -> None:
        """Go on until nothing waits; a flow that nothing happens to is left as it is."""
        steps = 0
        while True:
            names = self.world.names
            runs = [(id, names[id]) for id in self.messages if self._has_news(id)]
            tasks: list[tuple[str, Name, int]] = [
                (id, names[id], self.world.attempts[id]) for id in self.tasks
            ]
            match self._turns.next(runs, tasks):
                case ("run", id):
                    steps += 1
                    self._step(id)
                case (_, id):
                    self._execute(id)
                case None:
                    return
            self.world.check_bounds(steps)

    def _has_news(self, run: str) -> bool:
        state = self.messages[run].get("state") or {}
        ended = any(node["id"] in self.ends for node in state.get("active_nodes", ()))
        return ended or run in self._urgent

    def _step(self, run: str) -> None:
        message = self.messages.pop(run)
        self._urgent.discard(run)
        self._at = run, message.get("retried_count") or 0
        self._dispatcher.request = SimpleNamespace(id=run)
        try:
            self.ends[run] = True, json.loads(json.dumps(self._dispatcher.run(**message)))
        except Requeued as again:
            self.messages[run] = json.loads(json.dumps(again.kwargs))
            if self.messages[run].get("state") is None:
                self._urgent.add(run)
        except Exception as error:
            self.ends[run] = False, error
        finally:
            self._at = None

    def _execute(self, task: str) -> None:
        message = self.tasks.pop(task)
        self._envelope.request = SimpleNamespace(id=task)
        try:
            self.ends[task] = True, self._envelope.run(**message)
        except Requeued as again:
            self.tasks[task] = json.loads(json.dumps(again.kwargs))
        except Exception as error:
            self.ends[task] = False, error


def install() -> None:
    """Put a module `celery` where the original finds it."""
    celery, result = ModuleType("celery"), ModuleType("celery.result")
    celery.__dict__.update(Task=Task, __version__="5.0", result=result)
    result.__dict__["AsyncResult"] = AsyncResult
    sys.modules.update({"celery": celery, "celery.result": result})
