"""Servers and brokers for the tests on workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.services.servers import RedisServer, rabbitmq


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Return a Redis server for broker, results and runs."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(scope="session", params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, redis_server: RedisServer) -> str:
    """Return the address of each broker in turn."""
    return redis_server.url(0) if request.param == "redis" else rabbitmq()
