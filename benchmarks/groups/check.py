"""Checking 1,000 flows, beside Selinon 1.4.0."""

from __future__ import annotations

from benchmarks import original, ours
from benchmarks.processes import interleaved
from benchmarks.report import Figure, Report
from benchmarks.setting import Setting

__all__ = ["measure"]


def measure(setting: Setting) -> Report:
    """Measure both systems in turn."""
    sources = setting.generated(1_000)
    mine, theirs = interleaved(
        [ours.check(sources), setting.original.inspect(sources)], setting.rounds
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
