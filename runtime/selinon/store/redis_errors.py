"""What is said when a server of Redis does not do what it should, without what is secret in its address."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import redis

from selinon.errors import StoreError

__all__ = ["LOST", "REFUSED", "refused", "shown", "unreachable"]

LOST: Final = (redis.ConnectionError, redis.TimeoutError, OSError)
"""What is raised when there is no answer."""

REFUSED: Final = (redis.RedisError, redis.exceptions.RedisClusterException)
"""What is raised when the answer is an error; also a base of `LOST`, which is to be looked for first."""


def unreachable(url: str, error: Exception) -> StoreError:
    """Return what to raise when there is no answer."""
    return StoreError(f"the state store at {shown(url)} cannot be reached: {error}")


def refused(url: str, error: Exception) -> StoreError:
    """Return what to raise when the answer is an error."""
    return StoreError(f"the state store at {shown(url)} refuses: {error}")


def shown(url: str) -> str:
    """Return an address without what may be secret in it."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:  # the port is none: perhaps part of a password that is not quoted
        return url.partition("://")[0] + "://..."
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
