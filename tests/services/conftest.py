"""Servers and brokers for the tests on workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import Celery
from tests.services.desks import QUEUES, Desk
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


@pytest.fixture(scope="session")
def desk(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return a desk with a worker that traces and sends events."""
    desk = Desk(redis_server, tmp_path_factory.mktemp("desk"))
    desk.workers.append(desk.worker(*QUEUES, "-c", "2", "-E", DESK_TRACE="yes"))
    yield desk
    for worker in desk.workers:
        worker.kill()


@pytest.fixture
def app(desk: Desk) -> Iterator[Celery]:
    """Return the application with which this process starts flows at the desk."""
    with desk.client() as app:
        yield app
