"""The time in which countdowns pass: that of the wall, or one that jumps from one thing due to the next."""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "RealClock", "VirtualClock"]

_LONGEST_SLEEP = 3600.0
"""Seconds of waiting at a time: the clock is looked at again long before a system's limit for a sleep."""


class Clock(Protocol):
    """A clock in seconds, from any point in time on."""

    def now(self) -> float:
        """Return what the time is."""

    def patience(self, due: float | None) -> float | None:
        """Return how long, in seconds of the wall, to wait for a running task when a job is due; None for ever."""

    def reach(self, due: float) -> None:
        """Let time pass until a job is due, or some of it, as nothing can happen before."""

    def after_outage(self, seconds: float, countdown: float) -> float:
        """Return the time at which the world outside has had so many seconds to recover, and a countdown has passed."""


class RealClock:
    """Countdowns take as long as they say."""

    def now(self) -> float:
        """Return what the time is."""
        return time.monotonic()

    def patience(self, due: float | None) -> float | None:
        """Return the seconds until then."""
        return None if due is None else min(max(0.0, due - self.now()), _LONGEST_SLEEP)

    def reach(self, due: float) -> None:
        """Sleep until then, or for an hour."""
        time.sleep(min(max(0.0, due - self.now()), _LONGEST_SLEEP))

    def after_outage(self, seconds: float, countdown: float) -> float:
        """Return the time after the longer of both."""
        return self.now() + max(seconds, countdown)


class VirtualClock:
    """Countdowns take no time: when nothing can happen before something is due, it is due at once.

    A task takes no virtual time, however long it runs, so that the order of executions depends on countdowns alone.

    >>> clock = VirtualClock()
    >>> clock.reach(86400)
    >>> clock.now()
    86400
    """

    def __init__(self) -> None:
        self._now: float = 0

    def now(self) -> float:
        """Return what the time is."""
        return self._now

    def patience(self, due: float | None) -> None:
        """Return None: time stands still while a task runs."""

    def reach(self, due: float) -> None:
        """Let it be then."""
        self._now = max(self._now, due)

    def after_outage(self, seconds: float, countdown: float) -> float:
        """Sleep, as nothing outside recovers in virtual time; return the time after the countdown."""
        time.sleep(seconds)
        return self._now + countdown
