"""Who is next: one order of events for two systems, by the names of what waits.

Runs that have news are looked at first, inner ones before outer ones. When none has any, a few tasks are executed,
chosen by lot; then it is the runs' turn again. The lot is drawn from the seed, so both systems draw the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.conformance.names import Name
from tests.conformance.table import drawn


class Turns:
    """Chooses among what waits; everything that waits is given in the order in which it came."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._round = 0
        self._left = 0

    def next(
        self, runs: Sequence[tuple[str, Name]], tasks: Sequence[tuple[str, Name, int]]
    ) -> tuple[str, str] | None:
        """Return `("run", id)` or `("task", id)`, or None when nothing waits.

        Runs are given with their names, tasks with their names and how often they were executed.
        """
        if self._left == 0 or not tasks:
            if runs:
                self._left = 0
                return "run", min(runs, key=self._order_of_run)[0]
            if not tasks:
                return None
            self._round += 1
            self._left = 1 + drawn(self._seed, "round", self._round) % 3
        self._left -= 1
        return "task", min(tasks, key=self._order_of_task)[0]

    def _order_of_run(self, run: tuple[str, Name]) -> tuple[int, int]:
        _, name = run
        return -name.level, drawn(self._seed, "run", name.text)

    def _order_of_task(self, task: tuple[str, Name, int]) -> int:
        _, name, attempts = task
        return drawn(self._seed, "task", name.text, attempts)
