"""Checking 10,000 flows, beside Selinon 1.4.0 and beside 1,000 flows."""

from __future__ import annotations

import math
from dataclasses import replace

from benchmarks import original, ours
from benchmarks.processes import Command, Series, interleaved
from benchmarks.report import Figure, Report
from benchmarks.setting import Setting

__all__ = ["measure"]

FEW, MANY = 1_000, 10_000


def measure(setting: Setting) -> Report:
    """Measure both sizes in turn; then, unless it is to be quick, Selinon 1.4.0 once, as it takes minutes."""
    few, many = interleaved([_check(setting, FEW), _check(setting, MANY)], setting.rounds)
    theirs = () if setting.quick else interleaved([_inspect(setting)], 1)
    growth = math.log(many.cpu / few.cpu) / math.log(MANY / FEW)
    return Report(
        title="check-many: 10,000 flows, whole process",
        series=(few, many, *theirs),
        figures=(
            Figure(
                name=f"CPU, {original.LABEL} / ours",
                measured=_ratio(theirs, many),
                bound="at least",
                wanted=30,
                unit="x",
            ),
            Figure(name="exponent of growth from 1,000, CPU", measured=growth, wanted=1.05),
            Figure(name="peak memory", measured=many.peak, wanted=500, unit="MiB"),
        ),
    )


def _check(setting: Setting, flows: int) -> Command:
    command = ours.check(setting.generated(flows))
    return replace(command, name=f"{command.name}, {flows:,} flows")


def _inspect(setting: Setting) -> Command:
    command = setting.original.inspect(setting.generated(MANY))
    return replace(command, name=f"{command.name}, {MANY:,} flows")


def _ratio(theirs: tuple[Series, ...], mine: Series) -> float | None:
    return theirs[0].cpu / mine.cpu if theirs else None
