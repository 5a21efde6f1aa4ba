"""Checking 1,000 flows, beside Selinon 1.4.0."""

from __future__ import annotations

from benchmarks import original, ours
from benchmarks.processes import Command, interleaved
from benchmarks.report import Figure, Report
from benchmarks.setting import Setting

__all__ = ["measure"]


def measure(setting: Setting) -> Report:
    """Measure both systems in turn."""
    configuration = setting.generated(1000)
    path = (configuration.modules,)
    mine, theirs = interleaved(
        [
            Command(
                name=f"{ours.LABEL} check",
                arguments=ours.check(configuration.sources),
                path=path,
            ),
            Command(
                name=f"{original.LABEL} inspect",
                arguments=setting.original.inspect(configuration.sources),
                path=path,
            ),
        ],
        setting.rounds,
    )
    return Report(
        title="check: 1,000 flows, whole process",
        series=(mine, theirs),
        figures=(
            Figure(
                name=f"CPU, {original.LABEL} / ours",
                measured=theirs.cpu / mine.cpu,
                bound="at least",
                wanted=10,
                unit="x",
            ),
            Figure(name="peak memory", measured=mine.peak, wanted=80, unit="MiB"),
        ),
    )
