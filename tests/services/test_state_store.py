"""Which store keeps the record of runs: derived from the result backend, or set; refused where it could not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from tests.services.desks import FOLDER, QUEUES, Desk
from tests.services.servers import RedisServer

from selinon import Config, ConfigurationError, run_flow
from selinon.errors import StoreError
from selinon.worker.application import installed

pytestmark = pytest.mark.slow

REFUSED = {
    "rpc://": "the result backend `rpc` cannot be the state store",
    "cache+memory://": "the result backend `cache+memory` cannot be the state store",
    "db+sqlite:///results.sqlite": "the result backend `db+sqlite` cannot be the state store",
    "": "there is no state store: the application has no result backend either",
}


@pytest.fixture
def desk(redis_server: RedisServer, tmp_path: Path) -> Desk:
    """Return a desk without workers, in place of the one that all tests share."""
    return Desk(redis_server, tmp_path, databases=(6, 7))


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> Iterator[None]:
    """Configure flows, and forget the application afterwards."""
    for name in ("DESK_QUEUES", "DESK_RESULTS"):
        monkeypatch.setenv(name, desk.environment[name])
    Config.set_config_yaml(str(FOLDER / "nodes.yaml"), [str(FOLDER / "flows.yaml")])
    yield
    Config.set_celery_app(None)


@pytest.mark.parametrize("backend", REFUSED)
def test_backends_that_cannot_be_stores(backend: str, desk: Desk, configured: None) -> None:
    """`run_flow` says what is wrong with the result backend, and what to set."""
    Config.set_celery_app(Celery("desk", broker=desk.server.url(6), backend=backend or None))
    with pytest.raises(ConfigurationError) as caught:
        run_flow("chain")
    assert REFUSED[backend] in str(caught.value)
    assert "set `selinon_state_store` in Celery's configuration" in str(caught.value)


@pytest.mark.parametrize("backend", ["rpc://", ""])
def test_a_worker_without_a_store_ends(backend: str, desk: Desk) -> None:
    """A worker refuses to start, with the same message."""
    worker = desk.beginning_worker(*QUEUES, "-P", "solo", DESK_BACKEND=backend)
    assert worker.wait() != 0
    assert REFUSED[backend] in worker.log
    assert " ready." not in worker.log


def test_a_store_of_its_own(desk: Desk, tmp_path: Path) -> None:
    """With a store that is set, in the configuration or the environment, any result backend will do."""
    store = RedisServer(tmp_path)
    try:
        desk.store = store
        worker = desk.worker(*QUEUES, "-P", "solo")
        try:
            with desk.client():
                found = run_flow("chain").get(timeout=30)
                assert sorted(found["finished_nodes"]) == ["A", "B", "C", "D", "E", "F"]
        finally:
            worker.kill()
        assert f"state store: Redis {store.client().info()['redis_version']}" in worker.log
        assert f"redis://127.0.0.1:{store.port}/0 persists nothing" in worker.log
        assert store.client().keys("selinon:*")
        assert not desk.server.client(7).keys("selinon:*")
    finally:
        store.stop()


def test_a_server_that_drops_records(desk: Desk, tmp_path: Path) -> None:
    """A Redis server that may evict records is refused."""
    store = RedisServer(tmp_path, "--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru")
    try:
        desk.store = store
        assert "drops records when its memory is full" in _refusal(desk)
    finally:
        store.stop()


def test_a_replica(desk: Desk, tmp_path: Path) -> None:
    """A replica is refused."""
    store = RedisServer(tmp_path, "--replicaof", "127.0.0.1", str(desk.server.port))
    try:
        desk.store = store
        assert "is a replica, and cannot be the state store" in _refusal(desk)
    finally:
        store.stop()


def _refusal(desk: Desk) -> str:
    worker = desk.beginning_worker(*QUEUES, "-P", "solo")
    assert worker.wait() != 0
    assert " ready." not in worker.log
    return worker.log


def test_a_store_that_is_away(desk: Desk, configured: None) -> None:
    """A store that cannot be reached is an error that says where it should be, without its password."""
    app = Celery("desk", broker=desk.server.url(6), backend=desk.server.url(7))
    app.conf.selinon_state_store = "redis://:secret@127.0.0.1:1/0"
    Config.set_celery_app(app)
    with pytest.raises(StoreError) as caught:
        run_flow("chain")
    assert "redis://127.0.0.1:1/0 cannot be reached" in str(caught.value)
    assert "secret" not in str(caught.value)
    installed(app).close()
