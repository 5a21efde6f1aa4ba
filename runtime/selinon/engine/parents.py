"""What a node learns of the nodes before it: the shapes of `parent`.

>>> tree = Finished(tasks={"A": ("1",)}, flows={"inner": (Finished(tasks={"A": ("2", "3")}),)})
>>> nested(tree)
{'A': ['1'], 'inner': {'A': ['2', '3']}}
>>> compound(tree)
{'A': ['1', '2', '3']}
"""

from __future__ import annotations

from typing import Any

from selinon.engine.asks import Finished


def nested(tree: Finished) -> dict[str, Any]:
    """Return ids of tasks by name, with sub-flows as mappings of the same form under their own names.

    Several runs of one sub-flow are merged by appending ids.
    """
    shape: dict[str, Any] = {name: list(ids) for name, ids in tree.tasks.items()}
    for name, runs in tree.flows.items():
        inner: dict[str, Any] = {}
        for run in runs:
            _append(inner, nested(run))
        shape[name] = inner
    return shape


def compound(tree: Finished) -> dict[str, Any]:
    """Return ids of tasks by name, those of all depths together."""
    shape: dict[str, Any] = {name: list(ids) for name, ids in tree.tasks.items()}
    for runs in tree.flows.values():
        for run in runs:
            _append(shape, compound(run))
    return shape


def _append(shape: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict):
            _append(shape.setdefault(name, {}), value)
        else:
            shape.setdefault(name, []).extend(value)
