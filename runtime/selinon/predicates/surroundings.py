"""Predicates on the environment of the process and on the network, and the two constant ones."""

from __future__ import annotations

import os
from contextlib import closing

from selinon.predicates.totality import total

__all__ = ["alwaysFalse", "alwaysTrue", "envEqual", "envExist", "httpStatus"]

HTTP_TIMEOUT = 10.0
"""Seconds that connecting to a server, and waiting for its answer, may take each."""


def alwaysTrue() -> bool:
    """Hold always."""
    return True


def alwaysFalse() -> bool:
    """Hold never."""
    return False


@total
def envExist(env: str) -> bool:
    """Hold if the environment variable is set."""
    return env in os.environ


@total
def envEqual(env: str, value: str) -> bool:
    """Hold if the environment variable is set to this text."""
    return os.environ[env] == value


@total
def httpStatus(host: str, path: str, status: int) -> bool:
    """Hold if the server answers a HEAD request for the path, over plain HTTP, with this status."""
    # Whoever uses any predicate, or checks a use of one, imports this module; few need what the network takes.
    from http.client import HTTPConnection

    with closing(HTTPConnection(host, timeout=HTTP_TIMEOUT)) as connection:
        connection.request("HEAD", path)
        return connection.getresponse().status == status
