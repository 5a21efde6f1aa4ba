"""Loading a package and beginning one of its flows, beside Selinon 1.4.0, which loads whatever there is.

The figures are differences to a process that imports Selinon and Celery.
"""

from __future__ import annotations

from dataclasses import replace

from benchmarks import original, ours
from benchmarks.processes import Command, Series, interleaved, run
from benchmarks.report import Figure, Report
from benchmarks.setting import Setting

__all__ = ["measure"]

FEW, MANY = 1_000, 10_000
REPEATED = 4
"""These processes are short: each round is this many rounds."""

MILLISECONDS = 1000


def measure(setting: Setting) -> Report:
    """Measure packages of both sizes, then the smaller configuration with Selinon 1.4.0."""
    starts = [_start(setting, flows) for flows in (FEW, MANY)]
    base, few, many = interleaved([ours.imports(), *starts], setting.rounds * REPEATED)
    their_base, theirs = interleaved([setting.original.imports(), _load(setting)], setting.rounds)
    return Report(
        title="load: begin one flow of a package; figures without the imports",
        series=(base, few, many, their_base, theirs),
        figures=(
            *_figures(base, few, many),
            Figure(
                name=f"{original.LABEL}, CPU",
                measured=(theirs.cpu - their_base.cpu) * MILLISECONDS,
                wanted=None,
                unit="ms",
            ),
            Figure(
                name=f"{original.LABEL}, peak memory",
                measured=theirs.peak - their_base.peak,
                wanted=None,
                unit="MiB",
            ),
        ),
    )


def _figures(base: Series, few: Series, many: Series) -> tuple[Figure, ...]:
    time, time_of_many = few.cpu - base.cpu, many.cpu - base.cpu
    memory, memory_of_many = few.peak - base.peak, many.peak - base.peak
    return (
        Figure(name=f"{FEW:,} flows, CPU", measured=time * MILLISECONDS, wanted=20, unit="ms"),
        Figure(name=f"{FEW:,} flows, peak memory", measured=memory, wanted=5, unit="MiB"),
        Figure(
            name=f"{MANY:,} / {FEW:,} flows, CPU",
            measured=time_of_many / time,
            wanted=1.3,
            unit="x",
        ),
        Figure(
            name=f"{MANY:,} / {FEW:,} flows, peak memory",
            measured=memory_of_many / memory,
            wanted=1.3,
            unit="x",
        ),
    )


def _start(setting: Setting, flows: int) -> Command:
    """Build and install a package; return the command that begins a flow of it, having run it once."""
    sources = setting.generated(flows)
    output = setting.directory / f"package-{flows}"
    run(ours.build(sources, output))
    run(ours.byte_compile(output / ours.PACKAGE))
    command = ours.start_flow(output, sources)
    run(command)  # the runtime may keep compiled files of its own
    return replace(command, name=f"{command.name} of {flows:,}")


def _load(setting: Setting) -> Command:
    """Let Selinon 1.4.0 write its configuration as Python; return the command that loads it."""
    sources = setting.generated(FEW)
    config = setting.directory / "config.py"
    run(setting.original.dump(sources, config))
    command = setting.original.load(config, sources)
    return replace(command, name=f"{command.name} {FEW:,} flows")
