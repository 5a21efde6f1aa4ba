"""Executing flows of 1,000 and of 20,000 nodes: what a node costs must not depend on how many there are."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.processes import Command, Series, interleaved
from benchmarks.report import Figure, Report
from benchmarks.setting import Setting
from benchmarks.sources import MODULES

__all__ = ["measure"]

FEW, MANY = 1_000, 20_000

_CLI = Path(sys.executable).with_name("selinon-cli")
_STEP = {"import": "local_steps", "classname": "Step"}
_ITEMS = {"import": "local_steps", "function": "items"}
_STORAGE = {"name": "M", "import": "selinon.storages.memory", "classname": "InMemoryStorage"}
_AGAIN = {"name": "fieldEqual", "args": {"key": "again", "value": True}}


def measure(setting: Setting) -> Report:
    """Measure a fan-out with a join, a chain of tasks of their own names, and rounds of one task."""
    shapes = {"fan": _fan, "chain": _chain, "rounds": _rounds}
    commands = [
        command
        for name, shape in shapes.items()
        for nodes in (FEW, MANY)
        for command in _commands(setting, name, shape(nodes), nodes)
    ]
    measured = interleaved(commands, setting.rounds)
    fours = zip(*(measured[first::4] for first in range(4)), strict=True)
    return Report(
        title="execute: 1,000 and 20,000 nodes; exponents without what `inspect` takes",
        series=measured,
        figures=tuple(_growth(name, four) for name, four in zip(shapes, fours, strict=True)),
    )


def _growth(name: str, four: Sequence[Series]) -> Figure:
    inspect_few, few, inspect_many, many = (series.cpu for series in four)
    ratio = (many - inspect_many) / max(few - inspect_few, 0.001)
    exponent = math.log(max(ratio, 1)) / math.log(MANY / FEW)
    return Figure(name=f"exponent of growth, {name}, CPU", measured=exponent, wanted=1.1)


def _commands(
    setting: Setting, name: str, configuration: dict[str, Any], nodes: int
) -> tuple[Command, Command]:
    """Return the command that compiles a configuration, and the one that also executes its flow."""
    path = setting.directory / f"{name}-{nodes}.yaml"
    path.write_text(yaml.dump(configuration, Dumper=yaml.CSafeDumper, sort_keys=False))
    files = ("-n", path, "-f", path)
    flow = ("--flow-name", "flow", "-a", str(nodes), "-j", "--hide-progressbar")
    inspect = Command(
        name=f"inspect {name}, {nodes:,} nodes",
        arguments=(_CLI, "inspect", *files),
        path=(MODULES,),
    )
    execute = Command(
        name=f"execute {name}, {nodes:,} nodes",
        arguments=(_CLI, "execute", *files, *flow),
        path=(MODULES,),
    )
    return inspect, execute


def _configuration(tasks: list[dict[str, Any]], edges: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "tasks": tasks,
        "storages": [_STORAGE],
        "flows": ["flow"],
        "flow-definitions": [{"name": "flow", "edges": edges}],
    }


def _fan(nodes: int) -> dict[str, Any]:
    """Return a flow that starts a task for each item, and joins each with another one."""
    edges: list[dict[str, Any]] = [
        {"from": None, "to": "A", "foreach": _ITEMS},
        {"from": None, "to": "B"},
        {"from": ["A", "B"], "to": "C"},
    ]
    return _configuration([{"name": name, **_STEP} for name in "ABC"], edges)


def _chain(nodes: int) -> dict[str, Any]:
    """Return a flow of tasks with names of their own, one after the other."""
    names = [f"T{number}" for number in range(nodes)]
    edges: list[dict[str, Any]] = [{"from": None, "to": names[0]}]
    edges += [{"from": before, "to": name} for before, name in itertools.pairwise(names)]
    return _configuration([{"name": name, **_STEP} for name in names], edges)


def _rounds(nodes: int) -> dict[str, Any]:
    """Return a flow of one task that follows itself."""
    task = {"name": "A", "import": "local_steps", "classname": "Round", "storage": "M"}
    edges: list[dict[str, Any]] = [
        {"from": None, "to": "A"},
        {"from": "A", "to": "A", "condition": _AGAIN},
    ]
    return _configuration([task], edges)
