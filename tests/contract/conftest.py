"""Stores to test: in this process, on a server of Redis, on a cluster."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import cast

import pytest
import redis
from tests.contract.benches import Bench, Checked, InProcessBench, RedisBench, stand_still
from tests.contract.servers import FOUND, Cluster, Server

from selinon.store.protocol import Store

KINDS = ("in-process", "redis", "cluster")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a server: one that runs already, or one for the tests."""
    try:
        with redis.Redis.from_url(FOUND) as client:
            client.ping()
    except redis.ConnectionError:
        server = Server(tmp_path_factory.mktemp("redis"))
        yield server.url
        server.stop()
    else:
        yield FOUND


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a cluster."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster.url
    cluster.stop()


@pytest.fixture
def prefix() -> str:
    """Give a beginning of keys that is this test's alone."""
    return f"selinon-test-{os.getpid()}-{uuid.uuid4().hex[:8]}:"


@pytest.fixture(params=KINDS)
def bench(
    request: pytest.FixtureRequest, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """Give each implementation in turn."""
    if request.param == "in-process":
        yield InProcessBench()
        return
    stand_still(monkeypatch)
    url = request.getfixturevalue("redis_url" if request.param == "redis" else "cluster_url")
    made = RedisBench(url, prefix, shards=1 if request.param == "redis" else 16)
    yield made
    made.close()


@pytest.fixture
def store(bench: Bench) -> Store:
    """Give the store on the bench, which is checked after each operation."""
    return cast(Store, Checked(bench))
