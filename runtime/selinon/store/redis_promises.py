"""What a server of Redis promises about what it was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import redis

from selinon.errors import ConfigurationError, StoreError
from selinon.store.redis_errors import shown

__all__ = ["promises"]

_FSYNC: Final[Mapping[str | None, str]] = {
    "always": "nothing is lost when it crashes",
    "everysec": "up to two seconds are lost when its machine crashes",
    "no": "what its operating system has not yet written is lost when its machine crashes",
    None: "what it has not yet flushed is lost when its machine crashes",
}


def promises(url: str, ask: Callable[..., Any]) -> str:
    """Return what of the record survives what, in a line; `ask` runs a command on the server at an address.

    Raises:
        ConfigurationError: the server evicts keys or is a replica.
    """
    info = _info(ask("INFO"))
    where = f"Redis {info['redis_version']} at {shown(url)}"
    if info.get("role") in ("slave", "replica"):
        raise ConfigurationError(f"{where} is a replica, and cannot be the state store")
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction" and int(info.get("maxmemory", 0)):
        raise ConfigurationError(
            f"{where} drops records when its memory is full (maxmemory-policy {policy}), "
            "and cannot be the state store\nhelp: set maxmemory-policy to noeviction"
        )
    if str(info.get("aof_enabled")) == "1":
        return f"{where} writes an append-only file: {_FSYNC[_setting(ask, 'appendfsync')]}"
    saves = _setting(ask, "save")
    if saves is None:
        return (
            f"{where} writes no append-only file: what came after its last snapshot, if it saves any, "
            "is lost when it crashes"
        )
    if saves:
        return f"{where} saves snapshots ({saves}): what came after the last one is lost when it crashes"
    return f"{where} persists nothing: all runs are lost when it stops"


def _info(reply: Any) -> Mapping[str, Any]:
    if not isinstance(reply, bytes):
        return reply  # type: ignore[no-any-return]  # a client has read it
    lines = reply.decode(errors="replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _setting(ask: Callable[..., Any], name: str) -> str | None:
    """Return how a server is set up; None if it does not tell, as hosted ones do not."""
    try:
        reply = ask("CONFIG", "GET", name)
    except (StoreError, redis.ResponseError):
        return None
    pairs = reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=True))
    value = next(iter(pairs.values()), None)
    return value.decode() if isinstance(value, bytes) else value
