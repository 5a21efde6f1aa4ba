"""Strategies whose delay does not depend on what happens in the flow."""

from __future__ import annotations

from selinon.strategies.status import Status

__all__ = ["constant", "random"]


def constant(status: Status, retry: float) -> float | None:
    """Return `retry` seconds every time; `None` when no node is active."""
    return retry if status["active_nodes"] else None


def random(status: Status, start_retry: int, max_retry: int) -> float | None:
    """Return a random whole number of seconds from `start_retry` to `max_retry`; `None` when no node is active."""
    from random import randint  # every compiler and worker imports this module, few need it

    return randint(start_retry, max_retry) if status["active_nodes"] else None
