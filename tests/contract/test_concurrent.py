"""Many workers at one run: each node runs once, each event counts once, and nothing is forgotten at any moment."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest
import redis
from redis.cluster import RedisCluster
from tests.contract import hammering, record
from tests.contract.hammering import LENGTH, WIDTH, Worker
from tests.contract.runs import RUN

from selinon.store.in_process import InProcessStore
from selinon.store.protocol import Store
from selinon.store.redis import RedisStore

WORKERS = 4


@pytest.fixture(autouse=True)
def _short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    hammering.shorten_leases(monkeypatch.setattr)


@pytest.fixture
def client(redis_url: str, prefix: str) -> Iterator[Any]:
    """Give a client of the server, where nothing stays."""
    with redis.Redis.from_url(redis_url) as found:
        yield found
        for key in list(found.scan_iter(f"{prefix}*", count=1000)):
            found.delete(key)


def watch(work: list[Future[Any]], dump: Callable[[], record.Dump]) -> list[Any]:
    """Look at the record until all work is done; return what it came to."""
    while not all(future.done() for future in work):
        assert record.faults(dump()) == []
        assert record.stuck(dump()) == []
    return [future.result() for future in work]


def judge(store: Store, claims: list[tuple[str, int]], commits: list[int]) -> None:
    """Compare what the workers did with what there was to do."""
    view = store.view(RUN)
    assert view is not None
    everything = {f"{chain}-{place}" for chain in range(WIDTH) for place in range(LENGTH)}
    assert Counter(id for _, id in view.archive) == dict.fromkeys(everything, 1)
    assert int(view.state) == WIDTH * LENGTH
    expected = {(id, 1) for id in everything}
    expected |= {(id, 2) for id in everything if sum(map(int, id.split("-"))) % 5 == 0}
    assert Counter(claims) == dict.fromkeys(expected, 1)
    assert sorted(commits) == list(range(1, view.rev))
    assert (view.live, view.waiting, view.status) == ((), 0, "done")


def in_threads(store: Store, dump: Callable[[], record.Dump], seed: int) -> None:
    """Let threads work with one store."""
    hammering.begin(store)
    workers = [Worker(store, f"thread {seed + n}", seed + n) for n in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        watch([pool.submit(worker.work) for worker in workers], dump)
    claims = [claim for worker in workers for claim in worker.claims]
    judge(store, claims, [rev for worker in workers for rev in worker.commits])
    assert [run.live for run in dump().values()] == [0]


@pytest.mark.parametrize("seed", [0, 10, 20])
def test_threads_on_the_store_of_their_process(seed: int) -> None:
    """As a worker with a pool of threads does."""
    store = InProcessStore()

    def dump() -> record.Dump:
        with store._changed:
            return record.of_process(store)

    in_threads(store, dump, seed)


@pytest.mark.parametrize("seed", [0, 10])
def test_threads_on_a_server(redis_url: str, prefix: str, client: Any, seed: int) -> None:
    """They share the connections."""
    store = RedisStore(redis_url, prefix)
    in_threads(store, lambda: record.of_redis(client, prefix), seed)
    store.close()


def test_threads_on_a_cluster(cluster_url: str, prefix: str) -> None:
    """They share the client."""
    store = RedisStore(cluster_url, prefix)
    with RedisCluster.from_url(cluster_url) as client:
        in_threads(store, lambda: record.of_redis(client, prefix), 0)
        for key in list(client.scan_iter(f"{prefix}*", count=1000)):
            client.delete(key)
    store.close()


@pytest.mark.slow
def test_processes_on_a_server(redis_url: str, prefix: str, client: Any) -> None:
    """As workers on several hosts do."""
    store = RedisStore(redis_url, prefix)
    hammering.begin(store)
    spawn = multiprocessing.get_context("spawn")
    pool: Executor
    with ProcessPoolExecutor(WORKERS, mp_context=spawn) as pool:
        work = [pool.submit(hammering.in_a_process, redis_url, prefix, n) for n in range(WORKERS)]
        noted = watch(work, lambda: record.of_redis(client, prefix))
    claims = [claim for found, _, _ in noted for claim in found]
    judge(store, claims, [rev for _, found, _ in noted for rev in found])
    store.close()
