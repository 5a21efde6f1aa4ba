"""Write a configuration of a given size; the same arguments give the same files.

usage: python -m benchmarks.configuration DIRECTORY FLOWS [--one-file] [--seed SEED]

There are as many tasks as flows, but 20 at least, and flows share them. A flow has ten edges over twelve of them: a
start, then in three of five cases a chain and otherwise a branch from any earlier task, with joins, foreach and nested
conditions. Every fourth flow ends in another flow, every fifth has two fallbacks. Selinon 1.4.0 accepts the files too.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

EDGES = 10
FEWEST_TASKS = 20

CHAINED = 0.6
JOINED = 0.15
REPEATED = 0.1

Document = dict[str, Any]
"""A mapping of the configuration language, before it becomes text."""


def write(directory: Path, flows: int, *, one_file: bool = False, seed: int = 0) -> None:
    """Write `nodes.yaml` and, below `flows/`, one file per flow or one for all.

    Raises:
        FileExistsError: the directory has a folder `flows` already.
    """
    (directory / "flows").mkdir(parents=True)
    tasks = [f"Task{number}" for number in range(max(FEWEST_TASKS, flows))]
    _dump(directory / "nodes.yaml", _nodes(tasks, flows))
    definitions = _flows(Random(seed), tasks, flows)
    if one_file:
        _dump(directory / "flows" / "all.yaml", {"flow-definitions": list(definitions)})
        return
    for definition in definitions:
        path = directory / "flows" / f"{definition['name']}.yaml"
        _dump(path, {"flow-definitions": [definition]})


def flow_name(number: int) -> str:
    """Return the name of a flow by its number."""
    return f"flow{number:05d}"


def _dump(path: Path, value: Document) -> None:
    text = yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, explicit_start=True)
    path.write_text(text, encoding="utf-8")


def _nodes(tasks: Iterable[str], flows: int) -> Document:
    return {
        "tasks": [_task(number, name) for number, name in enumerate(tasks)],
        "storages": [
            {
                "name": "Memory",
                "import": "selinon.storages.memory",
                "classname": "InMemoryStorage",
                "configuration": {"echo": False},
            }
        ],
        "flows": [flow_name(number) for number in range(flows)],
    }


def _task(number: int, name: str) -> Document:
    return {
        "name": name,
        "import": "benchtasks",
        "classname": f"{name}Class",
        "storage": "Memory",
        "queue": f"tasks_{number % 16}",
        "max_retry": 1 + number % 4,
        "retry_countdown": 5 * (1 + number % 4),
    }


def _flows(choose: Random, tasks: list[str], flows: int) -> Iterator[Document]:
    for number in range(flows):
        nodes = choose.sample(tasks, EDGES + 2)
        following = flow_name((number + 1) % flows)
        yield _flow(choose, number, nodes, following)


def _flow(choose: Random, number: int, nodes: list[str], following: str) -> Document:
    flow: Document = {
        "name": flow_name(number),
        "queue": f"flows_{number % 4}",
        "max_retry": 1 + number % 3,
        "retry_countdown": 10,
    }
    if number % 3 == 0:
        flow["sampling"] = {"name": "constant", "args": {"retry": 10}}
    if number % 5 == 0:
        flow["propagate_node_args"] = True
    flow["edges"] = list(_edges(choose, nodes))
    if number % 4 == 0:
        flow["edges"].append({"from": nodes[EDGES - 1], "to": following})
    if number % 5 == 0:
        flow["failures"] = [
            {"nodes": [nodes[1]], "fallback": [nodes[-1]]},
            {"nodes": [nodes[2], nodes[3]], "fallback": [nodes[-2]]},
        ]
    return flow


def _edges(choose: Random, nodes: list[str]) -> Iterator[Document]:
    yield {"from": None, "to": nodes[0]}
    for index in range(1, EDGES):
        before = index - 1 if choose.random() < CHAINED else choose.randrange(index)
        if index > 1 and before != index - 2 and choose.random() < JOINED:
            yield {"from": [nodes[before], nodes[index - 2]], "to": nodes[index]}
        else:
            yield _edge(choose, nodes[before], nodes[index])


def _edge(choose: Random, source: str, destination: str) -> Document:
    edge: Document = {"from": source, "to": destination}
    if choose.random() < REPEATED:
        edge["foreach"] = {"import": "benchtasks", "function": "iter_items"}
    condition = _condition(choose, source)
    if condition is not None:
        edge["condition"] = condition
    return edge


def _condition(choose: Random, node: str) -> Document | None:
    first, second = choose.sample(_calls(choose, node), 2)
    return choose.choice([None, first, {"and": [first, second]}, {"or": [{"not": first}, second]}])


def _calls(choose: Random, node: str) -> list[Document]:
    status = f"ok{choose.randrange(9)}"
    return [
        {
            "name": "fieldEqual",
            "node": node,
            "args": {"key": ["result", "status"], "value": status},
        },
        {"name": "fieldExist", "node": node, "args": {"key": ["url"]}},
        {"name": "argsFieldExist", "args": {"key": ["ecosystem"]}},
        {"name": "argsFieldEqual", "args": {"key": ["ecosystem"], "value": "pypi"}},
    ]


def main() -> None:
    """Write a configuration as the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.configuration",
        description="Write a configuration of a given size.",
    )
    parser.add_argument("directory", type=Path, help="where the files go; it must not exist")
    parser.add_argument("flows", type=int, help="how many flows there are")
    parser.add_argument("--one-file", action="store_true", help="write all flows into one file")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other flows")
    options = parser.parse_args()
    if options.flows < 1:
        parser.error("there must be at least one flow")
    if options.directory.exists():
        parser.error(f"{options.directory} exists already")
    write(options.directory, options.flows, one_file=options.one_file, seed=options.seed)


if __name__ == "__main__":
    main()
