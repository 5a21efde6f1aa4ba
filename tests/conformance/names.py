"""Names of nodes that do not depend on ids, so that what two systems did can be compared.

The name of a node says what it is and what it comes from: flow run and attempt, arguments, and the names of its
parents. Nodes that nothing tells apart, as those of two identical edges, have one name; they are counted.

>>> names = Names()
>>> _ = names.add_run("1", "flow", {"n": 1}, None, None)
>>> first = names.add_task("2", "1", 0, "A", {"n": 1}, {})
>>> names.add_task("3", "1", 0, "A", {"n": 1}, None) == first
True
>>> names.add_task("4", "1", 0, "B", {"n": 1}, {"A": "2", "sub": {}}).depth
2
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Name:
    """A node's name.

    `depth` counts the tasks on the longest way to it through its parents, itself included; `level` says how many
    flow runs are around it. `attempt` is that of the run in which it was started, from 0.
    """

    text: str
    flow: str
    attempt: int
    depth: int
    level: int


class Names:
    """The names of all nodes of one application run, by id."""

    def __init__(self) -> None:
        self._names: dict[str, Name] = {}

    def __getitem__(self, id: str) -> Name:
        return self._names[id]

    def __contains__(self, id: object) -> bool:
        return id in self._names

    def add_run(
        self, id: str, flow: str, node_args: Any, parent: Any, above: tuple[str, int] | None
    ) -> Name:
        """Name the run of a flow; `above` is the run that starts it, and its attempt."""
        around = None if above is None else [self[above[0]].text, above[1]]
        text = self._text(flow, [around, flow, node_args, self.canonical(parent)])
        level = 0 if above is None else self[above[0]].level + 1
        depth = self._depth(parent)
        self._names[id] = Name(text, flow, above[1] if above else 0, depth, level)
        return self[id]

    def add_task(
        self, id: str, run: str, attempt: int, task: str, node_args: Any, parent: Any
    ) -> Name:
        """Name a task of a run."""
        around = self[run]
        text = self._text(task, [around.text, attempt, task, node_args, self.canonical(parent)])
        self._names[id] = Name(text, around.flow, attempt, self._depth(parent) + 1, around.level)
        return self[id]

    def canonical(self, value: Any) -> Any:
        """Return a mapping of parents with names for ids, lists in order, and what is empty left out."""
        if isinstance(value, Mapping):
            found = {key: self.canonical(item) for key, item in sorted(value.items())}
            return {key: item for key, item in found.items() if item not in ({}, [])}
        return self._named(value)

    def shown(self, value: Any) -> Any:
        """Return a mapping of parents with names for ids and lists in order."""
        if isinstance(value, Mapping):
            return {key: self.shown(item) for key, item in sorted(value.items())}
        return self._named(value)

    def _named(self, value: Any) -> Any:
        if value is None:
            return {}
        if isinstance(value, str):
            return self[value].text
        return sorted(self[id].text for id in value)

    def _depth(self, value: Any) -> int:
        if isinstance(value, Mapping):
            return max(map(self._depth, value.values()), default=0)
        if isinstance(value, str):
            return self[value].depth
        return max((self[id].depth for id in value or ()), default=0)

    @staticmethod
    def _text(name: str, what: Any) -> str:
        text = json.dumps(what, sort_keys=True, default=repr)
        return f"{name}:{hashlib.sha256(text.encode()).hexdigest()[:8]}"
