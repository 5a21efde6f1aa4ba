"""Running whole processes, and what they used: CPU time, wall-clock time, peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Command", "ProcessFailed", "Series", "interleaved", "kept_environment", "run"]

_LAUNCH = Path(__file__).with_name("launch.py")


class ProcessFailed(Exception):
    """A process ended with another status than 0; the text holds the command and what it printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A process to measure.

    The first of `arguments` is the path of the program. `path` holds folders for `PYTHONPATH`. `prepare` is called
    before each round and is not measured.
    """

    name: str
    arguments: tuple[str | Path, ...]
    path: tuple[Path, ...] = ()
    prepare: Callable[[], None] = field(default=lambda: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one process used: CPU seconds of user and system together, wall-clock seconds, peak memory in MiB."""

    cpu: float
    wall: float
    peak: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What the runs of one command used; each property is the median over them."""

    name: str
    usages: tuple[Usage, ...]

    @property
    def cpu(self) -> float:
        """Return CPU seconds."""
        return statistics.median(usage.cpu for usage in self.usages)

    @property
    def wall(self) -> float:
        """Return wall-clock seconds."""
        return statistics.median(usage.wall for usage in self.usages)

    @property
    def peak(self) -> float:
        """Return the peak memory in MiB."""
        return statistics.median(usage.peak for usage in self.usages)


def interleaved(commands: Sequence[Command], rounds: int) -> tuple[Series, ...]:
    """Run the commands in turn, all of them once per round, so that a slow spell of the machine meets each of them.

    Raises:
        ProcessFailed: a command ended with another status than 0.
    """
    usages: list[list[Usage]] = [[] for _ in commands]
    for _ in range(rounds):
        for command, measured in zip(commands, usages, strict=True):
            command.prepare()
            measured.append(run(command))
    return tuple(
        Series(name=command.name, usages=tuple(measured))
        for command, measured in zip(commands, usages, strict=True)
    )


def run(command: Command) -> Usage:
    """Run a command once, with an empty folder for caches of the user.

    Raises:
        ProcessFailed: it ended with another status than 0.
    """
    launch = (sys.executable, "-I", "-S", _LAUNCH, *command.arguments)
    with tempfile.TemporaryDirectory() as cache:
        outcome = subprocess.run(
            [str(argument) for argument in launch],
            env=_environment(command.path, cache),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if outcome.returncode:
        raise ProcessFailed(_failure(command, outcome.stderr))
    status, cpu, wall, peak = outcome.stdout.split()
    if status != "0":
        raise ProcessFailed(_failure(command, outcome.stderr, status))
    return Usage(cpu=float(cpu), wall=float(wall), peak=float(peak))


def kept_environment() -> dict[str, str]:
    """Return the environment without what would steer Python or Selinon from outside.

    So compiled files of libraries lie where an installation puts them, and are used.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "SELINON_"))
    }


def _environment(path: Sequence[Path], cache: str) -> dict[str, str]:
    paths = os.pathsep.join(map(str, path))
    return {**kept_environment(), "XDG_CACHE_HOME": cache, "PYTHONPATH": paths}


def _failure(command: Command, printed: str, status: str = "unknown") -> str:
    line = " ".join(map(str, command.arguments))
    return f"{line}\nended with status {status}\n{printed}".rstrip()
