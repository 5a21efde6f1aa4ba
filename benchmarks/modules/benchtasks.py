"""The module that generated configurations name: it has a class for every task, whatever the task is called."""

from __future__ import annotations

from typing import Any


class _Task:
    """What all classes of this module are; it takes the arguments that either system gives a task."""

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        pass

    def run(self, node_args: Any) -> dict[str, Any]:
        """Return a result that the conditions of generated flows can look at."""
        return {"result": {"status": "ok1"}, "url": "x"}


def iter_items(_storage_pool: Any, _node_args: Any) -> list[int]:
    """Return the items over which a generated edge starts its destination."""
    return [1, 2, 3]


def __getattr__(name: str) -> type:
    """Make the class of a task when it is first asked for."""
    if not name.startswith("Task"):
        raise AttributeError(name)
    made = type(name, (_Task,), {})
    globals()[name] = made
    return made
