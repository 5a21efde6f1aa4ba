"""The flows that are measured on workers; either system reads them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

__all__ = ["write"]

Document = dict[str, Any]
"""A mapping of the configuration language, before it becomes text."""

_ITEMS = {"import": "worker_tasks", "function": "items"}
_AGAIN = {"name": "fieldEqual", "args": {"key": "again", "value": True}}
_AT_ONCE = {"name": "constant", "args": {"retry": 0}}


def write(path: Path, lengths: Sequence[int], results: str, *, at_once: bool = False) -> None:
    """Write one file with all flows; tasks that keep results have them in the Redis at an address.

    For each of the lengths, `chain<n>` is a chain, `kept<n>` one with results at which conditions look, and
    `default<n>` the same as `chain<n>`. `fan` starts as many tasks as its arguments say, `wide` the same between two
    others, `rounds` as many one after the other, and the task of `nap` takes so many seconds. With `at_once`, all but
    `default<n>` have the sampling with which the original waits the least.
    """
    tasks = [
        _task(f"{kind}{number}") for kind in ("Step", "Kept") for number in range(max(lengths))
    ]
    storage = {
        "name": "Results",
        "import": "worker_tasks",
        "classname": "Results",
        "configuration": {"url": results},
    }
    flows = [*_shapes(), *[flow for length in lengths for flow in _chains(length)]]
    if at_once:
        for flow in flows:
            if not flow["name"].startswith("default"):
                flow["sampling"] = _AT_ONCE
    document = {
        "tasks": [*tasks, _task("Round"), _task("Nap")],
        "storages": [storage],
        "flows": [flow["name"] for flow in flows],
        "flow-definitions": flows,
    }
    text = yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False)
    path.write_text(text, encoding="utf-8")


def _task(name: str) -> Document:
    """Return a task whose class is its name without the number."""
    kind = name.rstrip("0123456789")
    task = {"name": name, "import": "worker_tasks", "classname": kind}
    return {**task, "storage": "Results"} if kind in ("Kept", "Round") else task


def _flow(name: str, *edges: Document) -> Document:
    return {"name": name, "edges": list(edges)}


def _shapes() -> list[Document]:
    return [
        _flow("fan", {"from": None, "to": "Step0", "foreach": _ITEMS}),
        {
            **_flow(
                "wide",
                {"from": None, "to": "Step0"},
                {"from": "Step0", "to": "fan"},
                {"from": "fan", "to": "Step1"},
            ),
            "propagate_node_args": True,
        },
        _flow(
            "rounds",
            {"from": None, "to": "Round"},
            {"from": "Round", "to": "Round", "condition": _AGAIN},
        ),
        _flow("nap", {"from": None, "to": "Nap"}),
    ]


def _chains(length: int) -> list[Document]:
    plain = _flow(f"chain{length}", *_edges("Step", length))
    kept = _flow(f"kept{length}", *_edges("Kept", length))
    default = _flow(f"default{length}", *_edges("Step", length))
    for edge in kept["edges"][1:]:
        edge["condition"] = _AGAIN
    return [plain, kept, default]


def _edges(kind: str, length: int) -> list[Document]:
    names = [f"{kind}{number}" for number in range(length)]
    first: Document = {"from": None, "to": names[0]}
    return [first, *[{"from": before, "to": name} for before, name in pairwise(names)]]
