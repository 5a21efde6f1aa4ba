"""Servers of Redis that are away, come back, refuse, or may lose what they are told."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.contract.runs import RUN, begin, claim, complete, due, fence, header, node
from tests.contract.servers import HOST, Cluster, Server, free_port

from selinon.errors import ConfigurationError, StoreError
from selinon.store import redis_link
from selinon.store.protocol import Write
from selinon.store.redis import RedisStore


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a server that writes down everything at once."""
    made = Server(tmp_path / "server", appendonly="yes", appendfsync="always")
    yield made
    made.stop()


@pytest.fixture
def store(server: Server) -> Iterator[RedisStore]:
    """Give a store on this server."""
    made = RedisStore(server.url)
    yield made
    made.close()


OPERATIONS: dict[str, tuple[Any, ...]] = {
    "start": (header(), Write(state=""), ()),
    "due": (10,),
    "sent": (RUN, ["a"]),
    "register": ("p", 30),
    "throttle": ("a", 1),
    "wait": (0.1,),
    "promises": (),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_server_that_is_away(operation: str) -> None:
    """The error says where it should be, and not the password."""
    port = free_port()
    store = RedisStore(f"redis://someone:s3cret@{HOST}:{port}/3?socket_timeout=7")
    with pytest.raises(StoreError) as caught:
        getattr(store, operation)(*OPERATIONS[operation])
    assert f"redis://{HOST}:{port}/3" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "someone" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://someone:s3cret@host/1",
        "redis://:s3cret?s3cret@host:1/0",
        "redis://host/0?password=s3cret@s3cret&db=one",
        "redis://host:s3cret/0",
        "s3cret",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    """What is wrong about it may be an unquoted password, so the address is not repeated."""
    with pytest.raises((ConfigurationError, StoreError)) as caught:
        RedisStore(url).header(RUN)
    assert "s3cret" not in str(caught.value)


def test_a_server_that_does_not_know_the_password(server: Server) -> None:
    """The error is the server's, once."""
    server.client().config_set("requirepass", "other")
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        RedisStore(server.url.replace("://", "://:s3cret@")).header(RUN)
    assert "s3cret" not in str(caught.value)


def test_a_server_that_comes_back(store: RedisStore, server: Server) -> None:
    """Whatever was answered is there, and whoever asks again is answered."""
    begin(store, node("a"), node("b"))
    number = fence(store, "a")
    server.stop()
    for _ in range(2):
        with pytest.raises(StoreError, match=f"{HOST}:{server.port}"):
            claim(store, "b")
    store.sent(RUN, ["b"])
    server.start()
    assert claim(store, "b") is not None
    assert complete(store, "a", number, leader="") == "taken"


def test_a_restart_between_two_calls_is_not_noticed(store: RedisStore, server: Server) -> None:
    """Connections and the script are made anew, for operations and for all else."""
    begin(store, node("a"))
    server.stop()
    server.start()
    assert claim(store, "a") is not None
    server.stop()
    server.start()
    assert not store.alive("p")
    assert due(store) == []


def test_a_restart_while_waiting(store: RedisStore, server: Server) -> None:
    """Whoever waits is told, and then waits again."""
    store.wait(0.1)
    server.stop()
    with pytest.raises(StoreError, match=f"{HOST}:{server.port}"):
        store.wait(5)
    server.start()
    store.wait(0.1)
    store.wait(0.1)


def test_many_lost_connections(store: RedisStore, server: Server) -> None:
    """However often it happens, there is a further one."""
    begin(store, node("a"))
    with server.client() as client:
        for _ in range(150):
            client.client_kill_filter(_type="normal", skipme=True)
            assert store.header(RUN) == header()


def test_an_answer_that_is_lost(store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operation is repeated, and takes effect once."""
    begin(store, node("a"), node("b"))
    number = fence(store, "a")
    do = redis_link._Connection.do
    lost: list[Any] = []

    def do_and_lose(connection: Any, *command: Any) -> Any:
        answer = do(connection, *command)
        if not lost:
            lost.append(answer)
            raise redis.ConnectionError("lost")
        return answer

    monkeypatch.setattr(redis_link._Connection, "do", do_and_lose)
    assert complete(store, "a", number, leader="") == "stale"
    view = store.view(RUN)
    assert view is not None
    assert view.waiting == 1
    lost.clear()
    assert claim(store, "b") is not None


def test_a_step_that_cannot_be_read_changes_nothing(store: RedisStore) -> None:
    """Half of a surrogate pair is no text; the events and the node that it was decided from stay."""
    rev = begin(store, node("a"), node("b"))
    wrong = Write(state="\ud800")
    found = complete(store, "a", fence(store, "a"))
    number = fence(store, "b")
    before = store.view(RUN)
    for _ in range(2):
        with pytest.raises(StoreError, match="refuses"):
            store.commit(RUN, "leader", rev, found.taken, wrong)
        with pytest.raises(StoreError, match="refuses"):
            complete(store, "b", number, guess=(rev, wrong))
        with pytest.raises(StoreError, match="refuses"):
            store.start(header("other"), wrong, ())
    assert store.view(RUN) == before
    assert store.header("other") is None


def test_a_server_whose_memory_is_full(store: RedisStore, server: Server) -> None:
    """It refuses what is new, and says why."""
    begin(store, node("a"))
    with server.client() as client:
        client.config_set("maxmemory", 1)
        with pytest.raises(StoreError, match=r"refuses.*memory"):
            claim(store, "a")
        client.config_set("maxmemory", 0)
    assert claim(store, "a") is not None


def test_a_replica_is_refused(store: RedisStore, server: Server, tmp_path: Path) -> None:
    """It would take nothing."""
    other = Server(tmp_path / "other")
    try:
        with server.client() as client:
            client.replicaof(HOST, other.port)
        with pytest.raises(ConfigurationError, match=f"{HOST}:{server.port}/0 is a replica"):
            store.promises()
        with pytest.raises(StoreError, match="refuses"):
            store.start(header(), Write(state=""), ())
    finally:
        other.stop()


def test_a_server_that_evicts_is_refused(store: RedisStore, server: Server) -> None:
    """Unless it has no limit at which it would begin to."""
    with server.client() as client:
        client.config_set("maxmemory-policy", "volatile-lru")
        assert "append-only" in store.promises()
        client.config_set("maxmemory", "100mb")
        with pytest.raises(ConfigurationError, match=r"volatile-lru.*\nhelp: .*noeviction"):
            store.promises()


@pytest.mark.parametrize(
    ("settings", "promise"),
    [
        ({"appendonly": "yes", "appendfsync": "always"}, "nothing is lost"),
        ({"appendonly": "yes", "appendfsync": "everysec"}, "up to two seconds are lost"),
        ({"appendonly": "yes", "appendfsync": "no"}, "operating system"),
        ({"appendonly": "yes", "save": "60 1000"}, "append-only"),
        ({"appendonly": "no", "save": "3600 1 60 1000"}, r"snapshots \(3600 1 60 1000\)"),
        ({"appendonly": "no", "save": ""}, "persists nothing"),
    ],
)
def test_what_is_promised(
    store: RedisStore, server: Server, settings: dict[str, str], promise: str
) -> None:
    """It depends on how the server is set up, not on what it has saved so far."""
    with server.client() as client:
        for name, value in settings.items():
            client.config_set(name, value)
    found = store.promises()
    assert found.startswith("Redis ")
    assert re.search(promise, found)


@pytest.mark.parametrize(("append", "promise"), [("yes", "flushed"), ("no", "if it saves any")])
def test_what_is_promised_by_a_server_that_hides_its_settings(
    server: Server, append: str, promise: str
) -> None:
    """Hosted ones do; then no more is said than what is known."""
    with server.client() as client:
        client.config_set("appendonly", append)
        client.execute_command(
            "ACL", "SETUSER", "limited", "on", ">pass", "~*", "&*", "+@all", "-config"
        )
    store = RedisStore(server.url.replace("://", "://limited:pass@"))
    assert promise in store.promises()
    store.close()


def test_a_cluster_says_what_its_weakest_server_promises(cluster_url: str) -> None:
    """Equal ones say it once."""
    store = RedisStore(cluster_url)
    assert store.promises().count("persists nothing") == 1
    store.close()


def test_a_forked_process_has_connections_of_its_own(store: RedisStore) -> None:
    """It never writes into those of its parent."""
    begin(store, node("a"))
    child = os.fork()
    if child == 0:
        status = 1
        with suppress(BaseException):
            status = 0 if claim(store, "a") is not None else 2
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert claim(store, "a", token="other") is None
    assert store.header(RUN) == header()


def test_a_cluster_that_is_away(tmp_path: Path) -> None:
    """Whichever of its servers has the keys, nothing but `StoreError` is raised."""
    cluster = Cluster(tmp_path)
    try:
        store = RedisStore(cluster.url)
        begin(store, node("a"))
        cluster.stop()
        for operation in "due", "register", "throttle", "promises", "wait":
            with pytest.raises(StoreError, match=r"cannot be reached|refuses"):
                getattr(store, operation)(*OPERATIONS[operation])
        store.sent(RUN, ["a"])
        with pytest.raises(StoreError, match="cannot be reached"):
            RedisStore(cluster.url).header(RUN)
        store.close()
    finally:
        cluster.stop()


def test_a_cluster_of_which_a_part_is_away(tmp_path: Path) -> None:
    """What is due is not known then, as the one that is away may have it."""
    cluster = Cluster(tmp_path)
    try:
        store = RedisStore(cluster.url)
        begin(store, node("a"))
        cluster.stop(2)
        with pytest.raises(StoreError, match=r"cannot be reached|refuses"):
            store.due(1)
        store.close()
    finally:
        cluster.stop()
