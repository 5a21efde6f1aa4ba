"""Loading a package and beginning one of its flows, beside Selinon 1.4.0, which loads whatever there is.

The figures are differences to a process that imports Selinon and Celery.
"""

from __future__ import annotations

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
    imports = Command(name="import selinon, celery", arguments=ours.imports())
    starts = [_start(setting, flows) for flows in (FEW, MANY)]
    base, few, many = interleaved([imports, *starts], setting.rounds * REPEATED)
    their_base, theirs = interleaved(_theirs(setting), setting.rounds)
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
    """Build and install a package; return the command that begins its first flow, having run it once."""
    configuration = setting.generated(flows)
    output = setting.directory / f"package-{flows}"
    path = (configuration.modules,)
    build = ours.build(configuration.sources, output)
    run(Command(name="build", arguments=build, path=path))
    run(Command(name="install", arguments=ours.byte_compile(output / ours.PACKAGE)))
    start = Command(
        name=f"begin a flow of {flows:,}",
        arguments=ours.start_flow(configuration.flow_files[0].stem),
        path=(output, *path),
    )
    run(start)  # the runtime may keep compiled files of its own
    return start


def _theirs(setting: Setting) -> list[Command]:
    """Dump the configuration once; return the commands that import Selinon 1.4.0, and that load the dump."""
    configuration = setting.generated(FEW)
    config = setting.directory / "config.py"
    path = (configuration.modules,)
    dump = setting.original.dump(configuration.sources, config)
    run(Command(name="dump", arguments=dump, path=path))
    return [
        Command(name=f"{original.LABEL}: imports", arguments=setting.original.imports()),
        Command(
            name=f"{original.LABEL}: load {FEW:,} flows",
            arguments=setting.original.load(config),
            path=path,
        ),
    ]
