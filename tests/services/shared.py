"""One world of the conformance cases for several processes: what each knows and notes is kept in a Redis server."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Iterator, MutableMapping
from typing import Any

from tests.conformance import application
from tests.conformance.application import StrictStorage, World
from tests.conformance.names import Name, Names

from selinon.engine import Run, StartFlow, StartTask
from selinon.reporting import Reporter
from selinon.storages.memory import InMemoryStorage


class SharedMapping(MutableMapping[Any, Any]):
    """A mapping that all processes see."""

    def __init__(self, redis: Any, name: str) -> None:
        self._redis = redis
        self._name = f"world:{name}"

    def __getitem__(self, key: Any) -> Any:
        found = self._redis.hget(self._name, pickle.dumps(key))
        if found is None:
            raise KeyError(key)
        return pickle.loads(found)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._redis.hset(self._name, pickle.dumps(key), pickle.dumps(value))

    def __delitem__(self, key: Any) -> None:
        if not self._redis.hdel(self._name, pickle.dumps(key)):
            raise KeyError(key)

    def __iter__(self) -> Iterator[Any]:
        return map(pickle.loads, self._redis.hkeys(self._name))

    def __len__(self) -> int:
        return int(self._redis.hlen(self._name))


class SharedList(list[Any]):
    """A list to which all processes append; `gather` fetches what they did."""

    def __init__(self, redis: Any, name: str) -> None:
        super().__init__()
        self._redis = redis
        self._name = f"world:{name}"

    def append(self, value: Any) -> None:
        """Append a value for all to see."""
        self._redis.rpush(self._name, json.dumps(value, default=repr))

    def gather(self) -> None:
        """Fetch what all processes appended."""
        self[:] = map(json.loads, self._redis.lrange(self._name, 0, -1))


class SharedCounter(Counter[str]):
    """Numbers by name that all processes see."""

    def __init__(self, redis: Any, name: str) -> None:
        super().__init__()
        self._known = SharedMapping(redis, name)

    def __getitem__(self, key: str) -> int:
        return int(self._known.get(key, 0))

    def __setitem__(self, key: str, value: int) -> None:
        self._known[key] = value


class SharedNames(Names):
    """Names of nodes that another process may have started; it noted what they are made of."""

    def __init__(self, redis: Any) -> None:
        super().__init__()
        self.runs = SharedMapping(redis, "runs")
        self.tasks = SharedMapping(redis, "tasks")

    def __getitem__(self, id: str) -> Name:
        if id not in self._names:
            if id in self.runs:
                self.add_run(id, *self.runs[id])
            else:
                self.add_task(id, *self.tasks[id])
        return self._names[id]


class SharedWorld(World):
    """One run of an application by several processes."""

    def __init__(self, table: Any, redis: Any) -> None:
        super().__init__(table)
        self.names: SharedNames = SharedNames(redis)
        self.executions: SharedList = SharedList(redis, "executions")
        self.events: SharedList = SharedList(redis, "events")
        self.attempts = SharedCounter(redis, "attempts")


class NotingReporter(Reporter):
    """Notes what the names of nodes are made of, before their messages are sent."""

    def flow_scheduled(self, run: Run) -> None:
        """Note a run that a user starts."""
        _names().runs[run.id] = (run.flow, run.node_args, run.parent, None)
        super().flow_scheduled(run)

    def subflow_scheduled(self, run: Run, node: StartFlow, inner: Run, delay: float) -> None:
        """Note the run of a sub-flow."""
        above = (run.id, run.attempt - 1)
        _names().runs[inner.id] = (inner.flow, inner.node_args, inner.parent, above)
        super().subflow_scheduled(run, node, inner, delay)

    def task_scheduled(self, run: Run, node: StartTask, delay: float) -> None:
        """Note a task."""
        what = (run.id, run.attempt - 1, node.name, node.node_args, node.parent)
        _names().tasks[node.id] = what
        super().task_scheduled(run, node, delay)


def _names() -> SharedNames:
    names = application.WORLDS[-1].names
    assert isinstance(names, SharedNames)
    return names


def share_storages(redis: Any) -> None:
    """Let storages in memory keep what they are given where all processes find it."""
    in_memory, strict = InMemoryStorage.__init__, StrictStorage.__init__

    def make(self: Any, *values: Any, **named: Any) -> None:
        in_memory(self, *values, **named)
        self._results = SharedMapping(redis, "results")

    def make_strict(self: Any, *values: Any, **named: Any) -> None:
        strict(self, *values, **named)
        self._records = SharedMapping(redis, "records")

    InMemoryStorage.__init__ = make  # type: ignore[method-assign]  # the process exists for this
    StrictStorage.__init__ = make_strict  # type: ignore[method-assign]  # as above
