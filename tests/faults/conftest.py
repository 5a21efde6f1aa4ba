"""The fault tests need a server of Redis that they can start; some of them RabbitMQ."""

from __future__ import annotations

import pytest
from tests.faults.servers import rabbitmq_is_here, redis_is_here
from tests.lacking import lacking


@pytest.fixture(autouse=True, scope="session")
def _redis() -> None:
    """Skip what needs Redis where it is not installed; in CI that is a failure."""
    if not redis_is_here():
        lacking("redis-server is not installed")


@pytest.fixture(scope="session")
def rabbitmq() -> None:
    """Skip what needs RabbitMQ where there is none; in CI that is a failure."""
    if not rabbitmq_is_here():
        lacking("there is no server of RabbitMQ on this machine")
