"""Write configurations of a given size, to be measured.

Flows have ten edges over tasks that are shared between flows, with conditions, joins, sub-flows and fallbacks in fixed
proportions; the same arguments give the same files.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import yaml

EDGES = 10


def generate(directory: Path, flows: int, seed: int = 0) -> None:
    """Write `nodes.yaml` and one file per flow below a directory that does not exist yet."""
    choose = random.Random(seed)
    (directory / "flows").mkdir(parents=True)
    tasks = [f"Task{number}" for number in range(max(20, flows))]
    nodes = {
        "tasks": [_task(name) for name in tasks],
        "storages": [
            {"name": "Memory", "import": "selinon.storages.memory", "classname": "InMemoryStorage"}
        ],
        "flows": [_name(number) for number in range(flows)],
    }
    (directory / "nodes.yaml").write_text(_dump(nodes))
    for number in range(flows):
        flow = _flow(number, flows, choose.sample(tasks, EDGES + 2), choose)
        path = directory / "flows" / f"{_name(number)}.yaml"
        path.write_text(_dump({"flow-definitions": [flow]}))


def _dump(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False)
    return text


def _name(number: int) -> str:
    return f"flow{number:05d}"


def _task(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "import": "benchtasks",
        "storage": "Memory",
        "queue": "work",
        "max_retry": 1,
    }


def _flow(number: int, flows: int, tasks: list[str], choose: random.Random) -> dict[str, Any]:
    edges: list[dict[str, Any]] = [{"from": None, "to": tasks[0]}]
    for index in range(1, EDGES):
        sources = [tasks[index - 1]]
        if index > 1 and choose.random() < 0.15:
            sources.append(tasks[index - 2])
        edge: dict[str, Any] = {"from": sources, "to": tasks[index]}
        if choose.random() < 0.75:
            edge["condition"] = _condition(sources[0], choose)
        edges.append(edge)
    if number % 4 == 0:
        edges.append({"from": tasks[EDGES - 1], "to": _name((number + 1) % flows)})
    failures = [{"nodes": tasks[1], "fallback": tasks[EDGES]}]
    return {
        "name": _name(number),
        "edges": edges,
        **({"failures": failures} if number % 5 == 0 else {}),
    }


def _condition(node: str, choose: random.Random) -> dict[str, Any]:
    leaf = {
        "name": "fieldEqual",
        "node": node,
        "args": {"key": ["result", "status"], "value": "ok"},
    }
    other = {"name": "argsFieldExist", "args": {"key": ["ecosystem"]}}
    return choose.choice([leaf, other, {"and": [leaf, other]}, {"or": [{"not": leaf}, other]}])
