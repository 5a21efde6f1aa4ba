"""What a node learns of the nodes before it: the shapes of `parent`.

>>> tree = NodeTree(tasks={"A": ("1",)}, flows={"inner": (NodeTree(tasks={"A": ("2", "3")}),)})
>>> nested(tree)
{'A': ['1'], 'inner': {'A': ['2', '3']}}
>>> compound(tree)
{'A': ['1', '2', '3']}
"""

from __future__ import annotations

from typing import Any

from selinon.engine.asks import NodeTree


def nested(tree: NodeTree) -> dict[str, Any]:
    """Return ids of tasks by name, with sub-flows as mappings of the same form under their own names.

    Several runs of one sub-flow are merged by appending ids.
    """
    shape: dict[str, Any] = {}
    _nest(shape, tree)
    return shape


def compound(tree: NodeTree) -> dict[str, list[str]]:
    """Return ids of tasks by name, those of all depths together."""
    shape: dict[str, list[str]] = {}
    _gather(shape, tree)
    return shape


def _nest(shape: dict[str, Any], tree: NodeTree) -> None:
    for name, ids in tree.tasks.items():
        shape.setdefault(name, []).extend(ids)
    for name, runs in tree.flows.items():
        inner = shape.setdefault(name, {})
        for run in runs:
            _nest(inner, run)


def _gather(shape: dict[str, list[str]], tree: NodeTree) -> None:
    for name, ids in tree.tasks.items():
        shape.setdefault(name, []).extend(ids)
    for runs in tree.flows.values():
        for run in runs:
            _gather(shape, run)
