"""What decisions about runs lead to outside the store of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from selinon.execution import TaskOutcome

__all__ = ["Hint", "Outlet"]


class Hint(NamedTuple):
    """That an attempt of a task can be claimed; as a tuple, what a message of it says."""

    run: str
    node: str
    attempt: int
    task: str
    flow: str
    version: str
    fingerprint: str


class Outlet(Protocol):
    """Where hints and results go. What cannot be sent is logged, and sent again by the safety net."""

    def prepare(self, hint: Hint) -> None:
        """Get ready to send a hint, which may be the next that this thread sends; raises nothing."""

    def publish(self, hints: Sequence[Hint]) -> bool:
        """Send hints to the queues of their tasks; return whether all were sent."""

    def wake(self, run: str, flow: str) -> None:
        """Send a hint to the queue of a flow that a run of it is to be looked at."""

    def decides(self, flow: str) -> bool:
        """Return whether this process decides about runs of a flow."""

    def note(self, node: str, outcome: TaskOutcome) -> None:
        """Put what became of an attempt of a task where users look for it; raises nothing.

        That it finished may be put there when this thread calls `note_rest`, or tells of the end of a run.
        """

    def note_rest(self) -> None:
        """Put there what was left for later; raises nothing."""

    def tell(self, run: str, state: Mapping[str, Any], *, failed: bool) -> None:
        """Tell whoever waits for a run how it ended; raises what keeps it from being told."""
