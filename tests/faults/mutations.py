"""Ways to break the store and the safety net, each of which the fault tests have to notice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from selinon.store import redis_link
from selinon.worker.sweeper import Sweeper

__all__ = ["MUTATIONS"]


def _rewrite(*changes: tuple[str, str]) -> None:
    """Change the script of the store."""
    text = redis_link._SCRIPT
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    redis_link._SCRIPT = text  # type: ignore[misc]  # broken on purpose
    redis_link._SHA = hashlib.sha1(text.encode()).hexdigest()  # type: ignore[misc]  # as above


def _claimed_twice() -> None:
    """Let everybody claim a node who asks."""
    _rewrite(
        ("if r.status == 'P' then\n    r.status, r.owner", "if true then\n    r.status, r.owner")
    )


def _any_revision() -> None:
    """Write a step, whatever it was decided from."""
    _rewrite(
        ("if r[1] ~= ARGV[6] or r[2] ~= 'open' then", "if r[2] ~= 'open' then"),
        ("if guess and ARGV[10] == found[3] and free and quiet()", "if guess and free and quiet()"),
    )


def _any_fence() -> None:
    """Take the result of a node from whoever has one."""
    _rewrite(
        ("if r.status == 'C' and r.attempt ~= fence then", "if false then"),
        ("if r.status ~= 'C' and (fence ~= 0 or r.attempt > 1) then", "if false then"),
    )


def _no_net() -> None:
    """Never look for what is due."""

    def sweep(self: Sweeper) -> float:
        return 1.0

    Sweeper.sweep = sweep  # type: ignore[method-assign]  # as above


MUTATIONS: Final[Mapping[str, Callable[[], None]]] = {
    "claim": _claimed_twice,
    "revision": _any_revision,
    "fence": _any_fence,
    "net": _no_net,
}
