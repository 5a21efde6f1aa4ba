"""Cancelling, whatever happens to a run at the same time: on a store, without workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from tests.services.deployed import redis_server

from selinon.engine import first_run
from selinon.errors import StoreError
from selinon.store.protocol import Ended, Header, NewNode, Write
from selinon.store.redis import RedisStore
from selinon.worker.cancelling import Cancellation, Canceller, is_cancelled
from selinon.worker.texts import START, given_text, state_text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server for the tests of this module."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def store(server: str) -> Iterator[RedisStore]:
    """An empty store."""
    redis.Redis.from_url(server).flushall()
    opened = RedisStore(server, "test:")
    yield opened
    opened.close()


def header(id: str, flow: str = "flow", parent: str | None = None) -> Header:
    """Return the header of a run."""
    return Header(
        id=id,
        flow=flow,
        package="package",
        version="1.0.0",
        fingerprint="f",
        parent=parent,
        parent_flow=None if parent is None else "flow",
    )


def node(id: str, kind: Any = "task", **more: Any) -> NewNode:
    """Return a node whose name is that of its kind."""
    body = json.dumps({"name": kind, "place": "0"})
    return NewNode(id=id, name=kind, kind=kind, awaited=True, body=body, **more)


def written(id: str, *nodes: NewNode, flow: str = "flow") -> Write:
    """Return a step that starts nodes."""
    run = first_run(id, flow, None)
    return Write(state=state_text(run), given=given_text(run), nodes=nodes)


def claimed(store: RedisStore, run: str, node: str) -> int:
    """Claim the first attempt of a node; return the fence."""
    claim = store.claim(run, node, 1, process="p", token="t", guess=False)
    assert claim is not None
    return claim.fence


def reason(store: RedisStore, run: str) -> str:
    """Return why a run ended that was cancelled."""
    ended = store.ended(run)
    assert ended is not None
    assert ended.failed is not None
    assert is_cancelled(ended)
    return str(json.loads(ended.failed)["reason"])


def test_steps_meanwhile(store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that are written before the cancellation is, are part of what is cancelled; the one after fails to be."""
    store.start(header("r"), written("r", node("a")), ())
    commit = store.commit
    others = iter(("b", "c"))

    def overtaken(*arguments: Any) -> Any:
        other = next(others, None)
        if other is not None:
            brief = store.brief("r")
            assert brief is not None
            assert commit("r", "other", brief.rev, (0, 0), written("r", node(other)))
        return commit(*arguments)

    monkeypatch.setattr(store, "commit", overtaken)
    assert Canceller(store).cancel("r") == Cancellation("r", "cancelled", "flow", told=False)
    assert commit("r", "other", 3, (0, 0), written("r", node("d"))) is False
    view = store.view("r")
    assert view is not None
    assert view.live == ()
    assert [store.claim("r", id, 1, process="p", token="t", guess=False) for id in "abcd"] == (
        [None] * 4
    )


def test_waiting_events(store: RedisStore) -> None:
    """What waits to be decided is never decided: nobody gets to lead, and nothing but the end is due."""
    store.start(header("r"), written("r"), (START,))
    Canceller(store).cancel("r")
    assert store.lead("r", "leader") is None
    assert list(store.open_runs()) == []
    store.told("r")
    assert store.due(10) == ((), None)


def test_claimed_tasks(store: RedisStore) -> None:
    """Whatever a claimed task comes to, and if it is lost: its node goes, and there is no further attempt."""
    store.start(header("r"), written("r", *map(node, "abcd")), ())
    fences = {id: claimed(store, "r", id) for id in "abc"}
    result = Canceller(store).cancel("r")
    assert (result.running, result.inner) == (3, 0)
    assert (
        store.complete("r", "a", fences["a"], '["F","a","task"]', lazy=False, leader="") == "left"
    )
    assert store.again("r", "b", fences["b"], countdown=0, counts=True) is None
    assert store.again("r", "c", fences["c"], countdown=0, counts=False, lost=True) is None
    view = store.view("r")
    assert view is not None
    assert view.live == ()


def test_sub_flows(store: RedisStore) -> None:
    """Runs of sub-flows end from the innermost to the outermost; one that has not begun never will."""
    store.start(header("r"), written("r", node("s", "flow"), node("t", "flow", delay=60)), ())
    store.start(header("s", "inner", "r"), written("s", node("u", "flow"), node("a")), ())
    store.started("r", "s")
    store.start(header("u", "inmost", "s"), written("u", node("b")), ())
    told: list[str] = []

    def finish(header: Header) -> None:
        told.append(header.id)
        if header.parent is not None:
            store.complete(header.parent, header.id, 0, '["X","","",""]', lazy=False, leader="")
        store.told(header.id)

    assert Canceller(store, finish).cancel("r") == Cancellation("r", "cancelled", "flow", inner=3)
    assert told[-1] == "r"
    assert told.index("u") < told.index("s")
    assert sorted(told) == ["r", "s", "t", "u"]
    assert reason(store, "r") == "flow `flow` was cancelled"
    assert reason(store, "s") == "flow `inner` was cancelled with flow `flow`"
    assert reason(store, "t") == "flow `flow` was cancelled with flow `flow`"
    assert not store.start(header("t", "flow", "r"), written("t", node("c")), ())
    assert [store.view(id).live for id in "rstu"] == [()] * 4  # type: ignore[union-attr]  # they are there
    assert list(store.open_runs()) == []
    assert store.due(10) == ((), None)


def test_rows_go(store: RedisStore, server: str) -> None:
    """All rows of a cancelled run expire, once the last of its tasks has ended."""
    store.start(header("r"), written("r", node("a"), node("b"), node("s", "flow")), ())
    fence = claimed(store, "r", "a")

    def finish(header: Header) -> None:
        if header.parent is not None:
            store.complete(header.parent, header.id, 0, '["X","","",""]', lazy=False, leader="")
        store.told(header.id, 60)

    Canceller(store, finish).cancel("r")
    store.complete("r", "a", fence, '["F","a","task"]', lazy=False, leader="")
    client = redis.Redis.from_url(server)
    kept = [key for key in client.scan_iter("test:*") if client.ttl(key) < 0]
    assert kept == []


def test_interrupted(store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancellation that stops half-way can be repeated, and does the rest."""
    store.start(header("r"), written("r", node("s", "flow")), ())
    store.start(header("s", "inner", "r"), written("s", node("a")), ())
    with monkeypatch.context() as patch:

        def fails(run: str) -> None:
            raise StoreError("gone")

        patch.setattr(store, "view", fails)
        with pytest.raises(StoreError, match="gone"):
            Canceller(store).cancel("r")
    assert store.ended("s") is None
    assert Canceller(store).cancel("r") == Cancellation("r", "again", "flow", inner=1, told=False)
    assert reason(store, "s") == "flow `inner` was cancelled with flow `flow`"
    assert Canceller(store).cancel("r") == Cancellation("r", "again", "flow")


def test_nobody_can_be_told(store: RedisStore, caplog: pytest.LogCaptureFixture) -> None:
    """When results cannot be sent, the run is cancelled all the same, and its end stays due."""
    store.start(header("r"), written("r", node("a")), ())

    def finish(header: Header) -> None:
        raise ConnectionError("no broker")

    assert Canceller(store, finish).cancel("r") == Cancellation(
        "r", "cancelled", "flow", told=False
    )
    assert "the workers will tell of 1 ends: ConnectionError('no broker')" in caplog.text
    after = store.due(10)[1]
    assert after is not None


def test_runs_that_are_over(store: RedisStore) -> None:
    """What has ended stays as it is."""
    assert Canceller(store).cancel("r") == Cancellation("r", "unknown")
    store.start(header("r"), written("r"), ())

    assert store.commit("r", "x", 1, (0, 0), Write(state="{}", ended=Ended()))
    assert Canceller(store).cancel("r") == Cancellation("r", "ended", "flow")
    ended = store.ended("r")
    assert ended is not None
    assert ended.failed is None
