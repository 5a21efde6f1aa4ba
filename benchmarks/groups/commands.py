"""What a person waits for: the least that the compiler does, and a check of the example application."""

from __future__ import annotations

from benchmarks import ours
from benchmarks.processes import interleaved
from benchmarks.report import Figure, Report
from benchmarks.setting import Setting
from benchmarks.sources import EXAMPLE

__all__ = ["measure"]

REPEATED = 4
"""These processes are short: each round is this many rounds."""


def measure(setting: Setting) -> Report:
    """Measure `selinon-compile --version` and `selinon-compile check` of the example."""
    version, check = interleaved([ours.version(), ours.check(EXAMPLE)], setting.rounds * REPEATED)
    return Report(
        title="commands: short ones, the check is that of the example",
        series=(version, check),
        figures=(
            Figure(name="--version, CPU", measured=version.cpu, wanted=0.08, unit="s"),
            Figure(name="check of the example, CPU", measured=check.cpu, wanted=0.15, unit="s"),
        ),
    )
