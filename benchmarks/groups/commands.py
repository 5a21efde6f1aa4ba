"""What a person waits for: the least that the compiler does, and a check of the example application."""

from __future__ import annotations

from benchmarks import ours
from benchmarks.processes import Command, interleaved
from benchmarks.report import Figure, Report
from benchmarks.setting import EXAMPLE, Setting

__all__ = ["measure"]

REPEATED = 4
"""These processes are short: each round is this many rounds."""


def measure(setting: Setting) -> Report:
    """Measure `selinon-compile --version` and `selinon-compile check` of the example."""
    version, check = interleaved(
        [
            Command(name="selinon-compile --version", arguments=ours.version()),
            Command(
                name="selinon-compile check, the example",
                arguments=ours.check(EXAMPLE.sources),
                path=(EXAMPLE.modules,),
            ),
        ],
        setting.rounds * REPEATED,
    )
    return Report(
        title="commands: short ones",
        series=(version, check),
        figures=(
            Figure(name="--version, CPU", measured=version.cpu, wanted=0.08, unit="s"),
            Figure(name="check of the example, CPU", measured=check.cpu, wanted=0.15, unit="s"),
        ),
    )
