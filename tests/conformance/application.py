"""The application that both systems run: the code of its users, and the record of what it did.

Everything that a configuration under test names is here: one class for all tasks, foreach functions, a storage that
fails now and then, and a trace function. What a task does is said by the table of the `World` in use. The module is
imported in both environments, so `selinon` is one system in the one and the other in the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.conformance.names import Names
from tests.conformance.table import drawn, ending

from selinon import FatalTaskError, SelinonTask, Trace
from selinon.storages.memory import InMemoryStorage

MOST_EXECUTIONS = 150
"""A run of the application is given up when it has executed so many tasks."""

MOST_STEPS = 3000
"""A run of the application is given up when its flows were looked at so often."""

WATCHED = (
    "FLOW_END",
    "FLOW_FAILURE",
    "DISPATCHER_FAILURE",
    "EAGER_FAILURE",
    "FALLBACK_START",
)


class UnboundedError(Exception):
    """The application does not come to an end within its bounds."""


class World:
    """One run of the application: names of all nodes, what was executed, what was traced."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table
        self.names = Names()
        self.executions: list[dict[str, Any]] = []
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.attempts: Counter[str] = Counter()
        self.in_task = False
        self._unreadable: set[str] = set()

    def execute(self, task: SelinonTask, node_args: Any) -> Any:
        """Do what the table says, and take note of it."""
        name = self.names[task.task_id]
        self.attempts[task.task_id] += 1
        found = ending(self.table, task.task_name, name, node_args, self.attempts[task.task_id])
        self.in_task = True
        try:
            reads = dict(_reads(task, task.parent or {}, ()))
        finally:
            self.in_task = False
        self.executions.append(
            {
                "name": name.text,
                "flow": task.flow_name,
                "task": task.task_name,
                "args": node_args,
                "parent": self.names.shown(task.parent),
                "flow_attempt": name.attempt + 1,
                "attempt": self.attempts[task.task_id],
                "ending": found.kind,
                "reads": reads,
            }
        )
        if found.kind == "retry":
            task.retry()
        if found.kind != "ok":
            raise FatalTaskError("fatal") if found.kind == "fatal" else ValueError("error")
        return found.result

    def check_bounds(self, steps: int) -> None:
        """Give up, by UnboundedError, when there were too many executions or steps."""
        if self.attempts.total() > MOST_EXECUTIONS or steps > MOST_STEPS:
            raise UnboundedError

    def is_readable(self, id: str) -> bool:
        """Return whether a result can be read now: of some, a dispatcher fails to read it the first time."""
        percent = self.table.get("unreadable", 0)
        if self.in_task or id in self._unreadable:
            return True
        if drawn(self.table.get("seed", 0), "unreadable", self.names[id].text) % 100 >= percent:
            return True
        self._unreadable.add(id)
        return False


WORLDS: list[World] = []
"""The world in use, alone."""


def _reads(task: SelinonTask, parent: Mapping[str, Any], flows: tuple[str, ...]) -> Iterator[Any]:
    """Yield what a task reads of the tasks before it, through the methods that are made for it."""
    for key, value in sorted(parent.items()):
        place = "/".join((*flows, key))
        if isinstance(value, Mapping):
            yield from _reads(task, value, (*flows, key))
        elif flows:
            numbers = range(len(value))
            yield place, sorted(repr(_read(task, list(flows), key, number)) for number in numbers)
        else:
            yield place, repr(_read(task, [], key, 0))


def _read(task: SelinonTask, flows: list[str], name: str, index: int) -> Any:
    try:
        if flows:
            return task.parent_flow_result(flows, name, index)
        return task.parent_task_result(name)
    except Exception:
        return "nothing to read"


class Task(SelinonTask):
    """The class of all tasks."""

    def run(self, node_args: Any) -> Any:
        """Do what the table says."""
        return WORLDS[-1].execute(self, node_args)


class FailingStorage(InMemoryStorage):
    """A storage of which some results cannot be read the first time a flow looks at them."""

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        """Return a result, or fail."""
        if not WORLDS[-1].is_readable(task_id):
            raise OSError("the storage is away")
        return super().retrieve(flow_name, task_name, task_id)


class UnconnectedStorage(InMemoryStorage):
    """A storage that loses its connection when it has stored something, and then cannot be connected once."""

    def __init__(self, echo: bool = False) -> None:
        super().__init__(echo=echo)
        self._is_connected = True
        self._refusals = 0

    def is_connected(self) -> bool:
        """Return whether it is connected."""
        return self._is_connected

    def connect(self) -> None:
        """Connect at the second attempt."""
        if self._refusals:
            self._refusals = 0
            raise OSError("no connection")
        self._is_connected = True

    def store(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, result: Any
    ) -> Any:
        """Store a result, and lose the connection."""
        self._is_connected, self._refusals = False, 1
        return super().store(node_args, flow_name, task_name, task_id, result)


class StrictStorage(InMemoryStorage):
    """A storage that finds a result only under the names of flow and task under which it was stored."""

    def __init__(self, echo: bool = False) -> None:
        super().__init__(echo=echo)
        self._records: dict[tuple[str, str, str], Any] = {}

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        """Return a result."""
        if (flow_name, task_name, task_id) not in self._records:
            raise FileNotFoundError(f"no result of {task_name} in {flow_name}")
        return self._records[flow_name, task_name, task_id]

    def store(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, result: Any
    ) -> Any:
        """Store a result."""
        self._records[flow_name, task_name, task_id] = result
        return task_id


def trace(event: int, details: Mapping[str, Any]) -> None:
    """Note the events that say how flows end."""
    for name in WATCHED:
        if event == getattr(Trace, name):
            WORLDS[-1].events.append((name, dict(details)))


def two(pool: Any, node_args: Any) -> list[dict[str, int]]:
    """Return two items."""
    return [{"item": 1}, {"item": 2}]


def alike(pool: Any, node_args: Any) -> list[int]:
    """Return three items that nothing tells apart."""
    return [0, 0, 0]


def nothing(pool: Any, node_args: Any) -> None:
    """Return no items, by null."""


def empty(pool: Any, node_args: Any) -> list[Any]:
    """Return no items."""
    return []


def mapping(pool: Any, node_args: Any) -> dict[str, int]:
    """Return a mapping: its keys are the items."""
    return {"x": 1, "y": 2}


def text(pool: Any, node_args: Any) -> str:
    """Return a text: its characters are the items."""
    return "ab"


def generator(pool: Any, node_args: Any) -> Iterator[int]:
    """Return a generator."""
    yield from (1, 2)


def number(pool: Any, node_args: Any) -> int:
    """Return what is nothing to go through."""
    return 3


def counted_by_arguments(pool: Any, node_args: Any) -> list[dict[str, int]]:
    """Return as many items as the arguments of the flow say, each with one less."""
    count = (node_args or {}).get("n", 0)
    return [{"n": count - 1}] * count


def counted_by_a(pool: Any, node_args: Any) -> list[dict[str, int]]:
    """Return as many items as the result of the task A says."""
    return [{"item": index} for index in range(pool.get("A")["value"])]


def changing(pool: Any, node_args: Any) -> list[int]:
    """Return two items, and change the arguments that it was given."""
    node_args["changed"] = True
    return [1, 2]


def raising(pool: Any, node_args: Any) -> list[Any]:
    """Fail."""
    raise RuntimeError("a foreach function fails")


def never(status: Any, retry: int) -> None:
    """Be a strategy by which a flow is not looked at again."""
