"""The points at which a process that takes runs forward can be interrupted, by name.

Nothing listens to them but tests, which end the process there and see what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["listen", "reach"]

_LISTENERS: list[Callable[[str], object]] = []


def listen(listener: Callable[[str], object]) -> None:
    """Call a function with the name of each point that this process reaches."""
    _LISTENERS.append(listener)


def reach(point: str) -> None:
    """Say that a point is reached."""
    for listener in _LISTENERS:
        listener(point)
