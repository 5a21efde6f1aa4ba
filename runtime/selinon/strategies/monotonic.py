"""Strategies whose delay goes one way: up while nothing happens, or down from a high start."""

from __future__ import annotations

from selinon.strategies.status import Status, started_something

__all__ = ["biexponential_decrease", "biexponential_increase", "linear_increase"]


def linear_increase(
    status: Status, start_retry: float, max_retry: float, step: float
) -> float | None:
    """Return `start_retry` seconds when something started, and `step` more each time nothing did.

    The delay stays within `max_retry`. The result is `None` when no node is active.
    """
    if not status["active_nodes"]:
        return None
    previous = status["previous_retry"]
    if previous is None or started_something(status):
        return start_retry
    return min(previous + step, max_retry)


def biexponential_increase(status: Status, start_retry: float, max_retry: float) -> float | None:
    """Return `start_retry` seconds when something started, and twice the last delay each time nothing did.

    The delay stays within `max_retry`. The result is `None` when no node is active.
    """
    if not status["active_nodes"]:
        return None
    previous = status["previous_retry"]
    if previous is None or started_something(status):
        return start_retry
    return min(previous * 2, max_retry)


def biexponential_decrease(status: Status, start_retry: float, stop_retry: float) -> float | None:
    """Return `start_retry` seconds at first, then half the last delay each time, down to `stop_retry`.

    The result is `None` when no node is active.
    """
    if not status["active_nodes"]:
        return None
    previous = status["previous_retry"]
    if previous is None:
        return start_retry
    return max(previous / 2, stop_retry)
