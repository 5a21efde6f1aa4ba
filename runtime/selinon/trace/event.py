"""What all trace events have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias, dataclass_transform

__all__ = ["FIELD_MEANINGS", "Event", "Json", "Level", "Parent"]

Level: TypeAlias = Literal["info", "warning", "error"]
"""How bad an event is."""

Json: TypeAlias = Any
"""A value of the user's or of a run's state: usually JSON, but a sink copes with anything."""

Parent: TypeAlias = Mapping[str, Any] | None
"""Ids of the nodes before this one, by name; nested for sub-flows."""


_set = object.__setattr__


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Event:
    """Something that happened; the annotations of a class are the fields of its event, those of its parents first.

    `number` identifies the event, `level` says how bad it is, and `names` are the names of the fields. Events are
    frozen values like dataclasses; half a hundred of those would take longer to define than all else that a worker
    imports.
    """

    number: ClassVar[int]
    level: ClassVar[Level] = "info"
    names: ClassVar[tuple[str, ...]] = ()
    _needed: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        own = [name for name, of in cls.__annotations__.items() if not of.startswith("ClassVar")]
        cls.names = (*cls.names, *own)
        cls._needed = frozenset(name for name in cls.names if not hasattr(cls, name))

    if not TYPE_CHECKING:

        def __init__(self, **details):
            if details.keys() != self._needed and not (
                self._needed <= details.keys() <= set(self.names)
            ):
                raise TypeError(
                    f"{type(self).__name__} takes {list(self.names)}, not {list(details)}"
                )
            _set(self, "__dict__", details)

        def __setattr__(self, name, value):
            raise AttributeError(f"cannot assign to `{name}` of an event")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]  # details are mappings and lists

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.names)
        return f"{type(self).__name__}({shown})"

    def changed(self, **details: Any) -> Self:
        """Return the event with other values of some fields."""
        return type(self)(**{**vars(self), **details})

    @classmethod
    def wire_name(cls) -> str:
        """Return the name under which sinks report the event, such as `FLOW_START` for `FlowStart`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).upper()

    def details(self) -> dict[str, Any]:
        """Return the fields as a new mapping, with lists for tuples; other values are those of the event itself."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in ((name, getattr(self, name)) for name in self.names)
        }


FIELD_MEANINGS: Mapping[str, str] = {
    "available_migration_version": "newest version this process knows, null if none",
    "child_dispatcher_id": "id of the run of the sub-flow",
    "child_flow_name": "name of the sub-flow",
    "child_selective": "selective state the sub-flow gets, or false",
    "condition": "text of the edge's condition",
    "condition_str": "text of the edge's condition",
    "condition_strs": "texts of the conditions of the rule",
    "countdown": "seconds until the node may start, null for at once",
    "dispatcher_id": "id of the flow run",
    "error_traceback": "traceback of the task's exception",
    "error_type": "class of the task's exception",
    "error_value": "text of the task's exception",
    "fallback": "names of the fallback nodes",
    "flow_name": "name of the flow",
    "foreach_str": "text of the edge's foreach function, null if none",
    "latest_migration_version": "newest version there is",
    "max_retry": "how often the task is run again at most",
    "migration_version": "version of the run's state",
    "new_migration_version": "version after the migration",
    "node_args": "arguments of the flow",
    "node_id": "id of the node",
    "node_name": "name of the node",
    "nodes": "name and id of one failed instance of each node of the rule",
    "nodes_from": "names of the edge's sources",
    "nodes_to": "names of the edge's destinations",
    "old_migration_version": "version before the migration",
    "omitted_node": "name of the node left out",
    "parent": "ids of the nodes before this one, by name",
    "queue": "name of the queue",
    "record_id": "what the storage calls the record, as the adapter returned it",
    "result": "what the function or the task returned",
    "retried_count": "how often it was run again so far",
    "retry": "seconds until the next look at the run, null if unknown",
    "retry_countdown": "seconds until the task is run again",
    "selective": "selective state of the run, or false",
    "selective_edge": "always false",
    "selective_edge_conf": "the edge's `selective`, or false",
    "state": "at the end of a run or attempt `finished_nodes` and `failed_nodes`, ids by name, and `active_nodes`, "
    "names and ids; before it only how many nodes are active, by name, and the failures that nothing has answered",
    "storage": "name of the storage, null if none",
    "storage_name": "name of the storage",
    "storage_task_name": "name under which the storage keeps the task's results",
    "tainted": "whether the run went along an edge that has changed",
    "tainted_edge": "the changed edge the run went along, null if none",
    "tainted_flow_strategy": "what is done with the run: `RETRY` or `FAIL`",
    "tainting_nodes": "names of the finished nodes that taint the run, null if none",
    "task_id": "id of the task",
    "task_name": "name of the task",
    "user_retry": "whether the task itself asked to be run again",
    "what": "text of the error, with its traceback where there is one",
    "will_retry": "whether the flow is tried again",
}
"""What a field holds; a field means the same in every event that has it."""
