"""Throttling: the least time between two starts of a node."""

from __future__ import annotations


class Throttle:
    """Hands out the points in time at which nodes may start.

    >>> throttle = Throttle()
    >>> [throttle.delay("A", 10, now) for now in (0, 0, 5, 100)]
    [0, 10, 15, 0]
    """

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    def delay(self, name: str, interval: float | None, now: float) -> float:
        """Return after how many seconds a node may start, and take that place for it."""
        if not interval:
            return 0
        at = max(now, self._next.get(name, now))
        self._next[name] = at + interval
        return at - now
