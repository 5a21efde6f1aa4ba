"""What a test and the processes that it starts share: a directory, named by a variable of the environment."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

__all__ = ["VARIABLE", "Entry", "Leases", "Plan", "Stage", "staged"]

VARIABLE: Final = "FAULTS_STAGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """The store's periods in seconds, much shorter than those of real runs, so that a test need not wait."""

    process: float = 3.0
    lead: float = 1.0
    again: tuple[float, ...] = (1.0, 3.0, 9.0, 27.0, 81.0)
    held: float = 1.0
    round: float = 0.5
    skewed: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What goes wrong: read anew at each point, so that it may change while workers run.

    `kill` says at which of its occurrences a point ends the process; a worker's main process only with `main`. `pause`
    is how long a task takes, in seconds.
    Messages are sent `copies` times, one in `drop` is not sent at all, and one in `late` is sent so much `delay` later.
    """

    kill: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    main: bool = False
    pause: float = 0.0
    copies: int = 1
    drop: int = 0
    late: int = 0
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """That a process began to run a task's code."""

    run: str
    task: str
    node: str
    attempt: int
    pid: int


@dataclass(frozen=True, slots=True)
class Stage:
    """The directory: settings of the application, the plan, and what tasks and saboteurs note."""

    directory: Path

    def set_up(
        self,
        *,
        broker: str,
        backend: str,
        store: str,
        leases: Leases | None = None,
        mutation: str = "",
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Write what processes read when they start."""
        row = {
            "broker": broker,
            "backend": backend,
            "store": store,
            "leases": None if leases is None else asdict(leases),
            "mutation": mutation,
            "settings": dict(settings or {}),
        }
        (self.directory / "stage.json").write_text(json.dumps(row))
        self.plan(Plan())

    def settings(self) -> dict[str, Any]:
        """Return what `set_up` wrote."""
        found: dict[str, Any] = json.loads((self.directory / "stage.json").read_text())
        return found

    def plan(self, plan: Plan) -> None:
        """Replace the plan; points are counted from here on."""
        for counted in self.directory.glob("count.*"):
            counted.unlink()
        _replace(self.directory / "plan.json", json.dumps(asdict(plan)))

    def planned(self) -> Plan:
        """Return the plan."""
        try:
            row = json.loads((self.directory / "plan.json").read_text())
        except FileNotFoundError:
            return Plan()
        row["kill"] = {point: tuple(times) for point, times in row["kill"].items()}
        return Plan(**row)

    def count(self, name: str) -> int:
        """Return how often this was called with a name, in all processes, this time included."""
        return _appended(self.directory / f"count.{name}", b".")

    def note(self, name: str, *values: object) -> None:
        """Append a line to a journal, in one piece."""
        _appended(self.directory / name, (" ".join(map(str, values)) + "\n").encode())

    def lines(self, name: str) -> list[list[str]]:
        """Return the lines of a journal, each as its words."""
        try:
            text = (self.directory / name).read_text()
        except FileNotFoundError:
            return []
        return [line.split() for line in text.splitlines()]

    def once(self, name: str, text: str = "") -> bool:
        """Make a mark; return False if it is there already."""
        marks = self.directory / "marks"
        marks.mkdir(exist_ok=True)
        try:
            with (marks / name).open("x") as file:
                file.write(text)
        except FileExistsError:
            return False
        return True

    def mark(self, name: str) -> str:
        """Return the text of a mark."""
        return (self.directory / "marks" / name).read_text()

    def entries(self) -> list[Entry]:
        """Return which tasks were entered, in order."""
        return [
            Entry(run, task, node, int(attempt), int(pid))
            for run, task, node, attempt, pid in self.lines("entered")
        ]

    def kills(self) -> Counter[str]:
        """Return how often processes ended themselves, by point."""
        return Counter(point for point, _ in self.lines("killed"))

    def results(self) -> Iterator[tuple[str, str]]:
        """Yield what tasks stored: name of the file, and text."""
        for file in sorted((self.directory / "results").glob("*/*/*.json")):
            yield str(file.relative_to(self.directory)), file.read_text()


def staged() -> Stage:
    """Return the stage of this process."""
    return Stage(Path(os.environ[VARIABLE]))


def _appended(path: Path, text: bytes) -> int:
    """Append to a file, and return its size after that."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(file, text)
        return os.lseek(file, 0, os.SEEK_CUR)
    finally:
        os.close(file)


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)
