"""Building the package of 1,000 flows: from nothing, again, and after a change of one flow, beside a check."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from benchmarks import ours
from benchmarks.processes import Series, interleaved
from benchmarks.report import Figure, Report
from benchmarks.setting import Setting

__all__ = ["measure", "set_aside"]

FLOWS = 1_000


def measure(setting: Setting) -> Report:
    """Measure a check and three builds per round, each of which finds what the one before has left."""
    sources = setting.generated(FLOWS)
    output = setting.directory / "built"
    flow = sources.flow_files[FLOWS // 2]
    build = ours.build(sources, output)
    check, cold, unchanged, changed = interleaved(
        [
            ours.check(sources),
            replace(build, name=f"{build.name}, cold", prepare=partial(set_aside, output)),
            replace(build, name=f"{build.name}, nothing changed"),
            replace(build, name=f"{build.name}, one flow changed", prepare=partial(_change, flow)),
        ],
        setting.rounds,
    )
    return Report(
        title="build: 1,000 flows, whole process",
        series=(check, cold, unchanged, changed),
        figures=(
            _figure("cold / check, CPU", cold, check, 2.2),
            _figure("nothing changed / check, CPU", unchanged, check, 1.1),
            _figure("one flow changed / check, CPU", changed, check, 1.15),
        ),
    )


def _figure(name: str, build: Series, check: Series, wanted: float) -> Figure:
    return Figure(name=name, measured=build.cpu / check.cpu, wanted=wanted, unit="x")


def set_aside(output: Path) -> None:
    """Make room for a build into an empty folder, without deleting what is there.

    A file system may go on paying for files that were deleted: without a journal, ext4 does not use their numbers
    again for some minutes, and passes over each of them for every file that it makes. Builds delete nothing like it.
    """
    if output.exists():
        output.rename(Path(mkdtemp(prefix=f"{output.name}-", dir=output.parent), output.name))


def _change(flow: Path) -> None:
    """Add a second to the pause before a flow is tried again."""
    text = flow.read_text(encoding="utf-8")
    changed = re.sub(
        r"(?<=retry_countdown: )\d+", lambda pause: str(int(pause[0]) + 1), text, count=1
    )
    flow.write_text(changed, encoding="utf-8")
