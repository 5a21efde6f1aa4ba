"""The fault tests need a server of Redis that they can start; some of them RabbitMQ."""

from __future__ import annotations

import os

import pytest
from tests.faults.servers import rabbitmq_is_here, redis_is_here


@pytest.fixture(autouse=True, scope="session")
def _redis() -> None:
    """Skip what needs Redis where it is not installed; in CI that is a failure."""
    if redis_is_here():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("redis-server is not installed")
    pytest.skip("redis-server is not installed")


@pytest.fixture(scope="session")
def rabbitmq() -> None:
    """Skip what needs RabbitMQ where there is none; `make check` does not bring it along."""
    if not rabbitmq_is_here():
        pytest.skip("there is no server of RabbitMQ on this machine")
