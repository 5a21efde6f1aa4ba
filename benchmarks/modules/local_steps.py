"""Tasks of the flows with which the growth of the local executor is measured; they do next to nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from selinon import SelinonTask


class Step(SelinonTask):
    """A task that does nothing."""

    def run(self, node_args: Any) -> None:
        """Do nothing."""


class Round(SelinonTask):
    """A task that counts how often it ran in this process."""

    rounds = 0

    def run(self, node_args: Any) -> dict[str, bool]:
        """Return whether there is to be another round, of as many as the arguments say."""
        Round.rounds += 1
        return {"again": Round.rounds < node_args}


def items(pool: Any, node_args: Any) -> Iterable[int]:
    """Return as many items as the arguments say."""
    return range(node_args)
