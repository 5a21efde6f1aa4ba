"""Who is next: one order of events for two systems, by the names of what waits.

What comes next is drawn by lot from the seed, so both systems draw the same. By the seed, too, either runs that have
news are looked at before anything else happens, inner ones first or in any order, or anything that waits may be next.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.conformance.names import Name
from tests.conformance.table import drawn


class Turns:
    """Chooses among what waits; everything that waits is given in the order in which it came."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._choices = 0
        self._left = 0
        self._inner_first = seed % 3 == 0
        self._anything = seed % 3 == 1

    def next(
        self, runs: Sequence[tuple[str, Name]], tasks: Sequence[tuple[str, Name, int]]
    ) -> tuple[str, str] | None:
        """Return `("run", id)` or `("task", id)`, or None when nothing waits.

        Runs are given with their names, tasks with their names and how often they were executed.
        """
        self._choices += 1
        if runs and (not tasks or self._is_turn_of_runs()):
            self._left = 0
            return "run", min(runs, key=self._order_of_run)[0]
        if not tasks:
            return None
        if self._left == 0:
            self._left = 1 + self._lot("round", "") % 3
        self._left -= 1
        return "task", min(tasks, key=self._order_of_task)[0]

    def _is_turn_of_runs(self) -> bool:
        """Return whether the tasks of a round are done; a round goes on for a few tasks, though runs have news."""
        return self._lot("turn", "") % 2 == 0 if self._anything else self._left == 0

    def _order_of_run(self, run: tuple[str, Name]) -> tuple[int, int]:
        _, name = run
        return -name.level if self._inner_first else 0, self._lot("run", name.text)

    def _order_of_task(self, task: tuple[str, Name, int]) -> int:
        _, name, attempts = task
        return drawn(self._seed, "task", name.text, attempts)

    def _lot(self, kind: str, text: str) -> int:
        return drawn(self._seed, kind, text, self._choices)
