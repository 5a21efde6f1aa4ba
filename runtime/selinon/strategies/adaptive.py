"""Strategies whose delay grows while nothing happens in the flow and shrinks when something does."""

from __future__ import annotations

from selinon.strategies.status import Status, started_something

__all__ = ["biexponential_adapt", "linear_adapt"]


def linear_adapt(status: Status, start_retry: float, max_retry: float, step: float) -> float | None:
    """Return `step` seconds less than the last delay when something started, and `step` more when nothing did.

    The delay starts at `start_retry`, never falls below it and stays within `max_retry`. The result is `None` when
    no node is active.
    """
    if not status["active_nodes"]:
        return None
    previous = status["previous_retry"]
    if previous is None:
        return start_retry
    if started_something(status):
        return max(previous - step, start_retry)
    return min(previous + step, max_retry)


def biexponential_adapt(status: Status, start_retry: float, max_retry: float) -> float | None:
    """Return half the last delay when something started, and twice the last delay when nothing did.

    The delay starts at `start_retry`, never falls below it and stays within `max_retry`. The result is `None` when
    no node is active.
    """
    if not status["active_nodes"]:
        return None
    previous = status["previous_retry"]
    if previous is None:
        return start_retry
    if started_something(status):
        return max(previous / 2, start_retry)
    return min(previous * 2, max_retry)
