"""Steps of the engine in memory, beside the core of Selinon 1.4.0: how many in a second, and what they grow with."""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

from benchmarks import original
from benchmarks.processes import Command, interleaved
from benchmarks.report import Figure, Report
from benchmarks.setting import Setting

__all__ = ["measure"]

MILLISECONDS = 1000

_STEPS = Path(__file__).parents[1] / "engine_steps.py"


def measure(setting: Setting) -> Report:
    """Let both cores measure themselves in turn."""
    ours, theirs = setting.directory / "engine.json", setting.directory / "original.json"
    series = interleaved(
        [
            Command(name="steps of the engine", arguments=(sys.executable, "-P", _STEPS, ours)),
            setting.original.steps(theirs),
        ],
        setting.rounds,
    )
    return Report(
        title="engine: steps in memory, as processes measure them in themselves",
        series=series,
        figures=_figures(_medians(ours), _medians(theirs)),
    )


def _medians(path: Path) -> dict[str, float]:
    rounds = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def _figures(ours: dict[str, float], theirs: dict[str, float]) -> tuple[Figure, ...]:
    core = theirs["updates"]
    return (
        _least("chain of 20, steps / updates of 1.4.0", ours["steps"] / core, 1),
        _least("  with rows / updates without", ours["steps through rows"] / core, 0.5),
        _rate("  steps", ours["steps"]),
        _rate("  steps with rows", ours["steps through rows"]),
        _rate(f"  {original.LABEL}", core),
        _rate(f"  {original.LABEL}, JSON in between", theirs["updates through rows"]),
        _rate(f"  {original.LABEL}, one state for all", theirs["updates of one state"]),
        _most("chain of 2,000, last / first 100 steps", ours["chain"], 1.1, "x"),
        _most("cycle of 10,000, last / first 100 steps", ours["cycle"], 1.1, "x"),
        _most("  read and written by a step, at most", ours["bytes"], 2000, "B"),
        _most("fan-out of 10,000, exponent of growth", ours["fan"], 1.1),
        _most("  the same, each joined with another", ours["joined fan"], 1.1),
        _most("join of two cycles, exponent by firings", ours["two cycles"], 1.1),
        _most("22 failures that no rule answers", ours["failures"] * MILLISECONDS, 1, "ms"),
        Figure(
            name=f"  {original.LABEL}",
            measured=theirs["failures"] * MILLISECONDS,
            wanted=None,
            unit="ms",
        ),
        _most("path through 20 diamonds", ours["diamonds"] * MILLISECONDS, 5, "ms"),
    )


def _least(name: str, measured: float, wanted: float) -> Figure:
    return Figure(name=name, measured=measured, bound="at least", wanted=wanted, unit="x")


def _most(name: str, measured: float, wanted: float, unit: str = "") -> Figure:
    return Figure(name=name, measured=measured, wanted=wanted, unit=unit)


def _rate(name: str, measured: float) -> Figure:
    return Figure(name=name, measured=measured, wanted=None, unit="/ s")
