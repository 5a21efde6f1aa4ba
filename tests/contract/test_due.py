"""What nobody took up comes up again; runs end, are told of, and go."""

from __future__ import annotations

import threading
import time

import pytest
from tests.contract.benches import Bench
from tests.contract.runs import (
    RUN,
    begin,
    claim,
    complete,
    due,
    fence,
    header,
    lead,
    look,
    names,
    node,
    write,
)

from selinon.store.protocol import (
    AGAIN_AFTER,
    LEAD_LEASE,
    PROCESS_LEASE,
    Due,
    Ended,
    Finding,
    Store,
)

PAUSES = (*AGAIN_AFTER[1:], AGAIN_AFTER[-1], AGAIN_AFTER[-1])
"""Seconds between hints after the first two, which come after the same time."""


def end(store: Store, rev: int) -> None:
    """End the run."""
    assert store.commit(RUN, "leader", rev, (0, 0), write(ended=Ended())) is True


def test_nothing_is_due_where_nothing_is(store: Store) -> None:
    """And nothing will be."""
    assert store.due(10) == ((), None)
    assert store.look(Due(run=RUN, node="", held=7)) == Finding(kind="nothing")


def test_a_run_whose_first_hint_was_lost_is_due(store: Store, bench: Bench) -> None:
    """Hints are sent again, each time later, until somebody leads."""
    store.start(header(), write(), ["a"])
    assert store.due(10) == ((), AGAIN_AFTER[0])
    bench.advance(AGAIN_AFTER[0])
    assert look(store) == Finding(kind="wake", header=header())
    for pause in AGAIN_AFTER[0], *PAUSES:
        assert store.due(10) == ((), pause)
        bench.advance(pause)
        assert look(store).kind == "wake"
    found = lead(store)
    assert store.due(10) == ((), LEAD_LEASE)
    assert store.commit(RUN, "leader", found.rev, found.taken, write()) is True
    assert store.due(10) == ((), None)


def test_hints_at_a_run_begin_anew_after_a_step(store: Store, bench: Bench) -> None:
    """What was long in vain before is no longer of interest."""
    store.start(header(), write(), ["a"])
    for pause in AGAIN_AFTER[0], AGAIN_AFTER[0], AGAIN_AFTER[1]:
        bench.advance(pause)
        assert look(store).kind == "wake"
    found = lead(store)
    store.commit(RUN, "leader", found.rev, found.taken, write(node("a")))
    complete(store, "a", fence(store, "a"), leader="")
    bench.advance(LEAD_LEASE)
    assert look(store).kind == "wake"
    assert store.due(10) == ((), AGAIN_AFTER[0])


@pytest.mark.parametrize("kind", ["task", "flow"])
def test_a_node_that_nobody_took_is_due(store: Store, bench: Bench, kind: str) -> None:
    """Hints are sent again, each time later, until somebody claims it."""
    begin(store, node("a", kind=kind))
    bench.advance(AGAIN_AFTER[0])
    hint = "publish" if kind == "task" else "start"
    found = look(store)
    assert (found.kind, found.header, found.attempt, found.body) == (hint, header(), 1, '"a"')
    for pause in AGAIN_AFTER[0], *PAUSES:
        assert store.due(10) == ((), pause)
        bench.advance(pause)
        assert look(store).kind == hint


def test_a_claimed_node_is_due_as_its_process_may_be_gone(store: Store, bench: Bench) -> None:
    """Whoever looks is told who has it: once a lease is over, and then as often as processes renew theirs."""
    begin(store, node("a"))
    number = fence(store, "a")
    store.again(RUN, "a", number, countdown=0, counts=False, lost=True)
    number = fence(store, "a", 2, process="host:7")
    for after in (PROCESS_LEASE, PROCESS_LEASE / 3, PROCESS_LEASE / 3):
        assert store.due(10) == ((), after)
        bench.advance(after)
        assert look(store) == Finding(
            kind="check",
            header=header(),
            attempt=2,
            fence=number,
            lost=1,
            owner="host:7",
            body='"a"',
        )
    assert store.again(RUN, "a", number, countdown=0, counts=False, lost=True) == 3
    bench.advance(AGAIN_AFTER[0])
    assert look(store).attempt == 3


def test_what_is_due_is_held(store: Store, bench: Bench) -> None:
    """It is told to one, and to another only when that one did not look."""
    begin(store, node("a"))
    bench.advance(20)
    (first,) = due(store)
    assert store.due(10) == ((), 10)
    bench.advance(9)
    assert due(store) == []
    bench.advance(1)
    (second,) = due(store)
    assert store.look(first).kind == "nothing"
    assert store.look(second).kind == "publish"
    assert store.look(second).kind == "nothing"


def test_no_more_is_due_than_asked_for(store: Store, bench: Bench) -> None:
    """The rest is due at once."""
    begin(store, *[node(str(number)) for number in range(5)])
    bench.advance(20)
    found, following = store.due(3)
    assert (len(found), following) == (3, 0)
    found, following = store.due(3)
    assert (len(found), following) == (2, 10)


def test_what_is_late_longest_is_due_first(store: Store, bench: Bench) -> None:
    """Nothing waits for ever behind what comes later."""
    begin(store, node("b", delay=3), node("a", delay=5), node("c", delay=4))
    bench.advance(20)
    assert [store.due(1)[0][0].node for _ in range(3)] == ["b", "c", "a"]


def test_a_claim_wins_against_who_was_told_before(store: Store, bench: Bench) -> None:
    """What was due may be taken up before it is looked at."""
    begin(store, node("a"), node("b"), node("c", kind="flow"), node("d"))
    bench.advance(20)
    found = {one.node: one for one in due(store)}
    fence(store, "a")
    assert complete(store, "b", fence(store, "b"), leader="me") != "left"
    begin(store, id="c", parent=RUN)
    store.started(RUN, "c")
    store.defer(RUN, "d", 1, delay=3, parked="")
    for one in found.values():
        assert store.look(one) == Finding(kind="nothing")


def test_who_leads_wins_against_who_was_told_before(store: Store, bench: Bench) -> None:
    """Even if the run is held for just as long as it is led."""
    store.start(header(), write(), ["a"])
    bench.advance(20)
    (found,) = due(store)
    lead(store, "me")
    assert store.look(found) == Finding(kind="nothing")
    assert store.lead(RUN, "you") is None


def test_a_retry_wins_against_who_checks(store: Store, bench: Bench) -> None:
    """A node that was claimed when it was due may be in its next attempt."""
    begin(store, node("a"))
    number = fence(store, "a")
    bench.advance(30)
    (found,) = due(store)
    store.again(RUN, "a", number, countdown=0, counts=True)
    assert store.look(found) == Finding(kind="nothing")


def test_a_run_that_was_decided_in_the_meantime(store: Store, bench: Bench) -> None:
    """There is nothing to wake."""
    store.start(header(), write(), ["a"])
    bench.advance(20)
    (found,) = due(store)
    led = lead(store)
    store.commit(RUN, "leader", led.rev, led.taken, write())
    assert store.look(found) == Finding(kind="nothing")


def test_a_new_attempt_is_not_begun_after_the_end(store: Store, bench: Bench) -> None:
    """Its countdown ends with the run."""
    rev = begin(store)
    assert store.commit(RUN, "leader", rev, (0, 0), write(restart=20)) is True
    end(store, rev + 1)
    bench.advance(20)
    assert names(store) == ["run|!"]


def test_the_end_of_a_run_is_told(store: Store, bench: Bench) -> None:
    """Whoever waits for it is told until that is noted; the run is not open, its record is there."""
    rev = begin(store)
    step = write(state="last", ended=Ended(failed='"why"'), archived=(("A", "a"),))
    assert store.commit(RUN, "leader", rev, (0, 0), step) is True
    assert store.ended(RUN) == Ended(failed='"why"')
    assert list(store.open_runs()) == []
    bench.advance(AGAIN_AFTER[0])
    for _ in range(3):
        assert look(store) == Finding(kind="finish", header=header())
        bench.advance(PROCESS_LEASE)
    store.told(RUN)
    assert store.header(RUN) == header()  # the note has arrived once something else was answered
    assert store.due(10) == ((), None)
    view = store.view(RUN)
    assert view is not None
    assert (view.status, view.state, view.ended) == ("done", "last", Ended(failed='"why"'))
    assert store.archive(RUN) == (("A", "a"),)


def test_with_the_note_the_rows_may_go(store: Store, bench: Bench) -> None:
    """Whoever notes that the end was told may say when the rows go, which they do then, and not earlier."""
    end(store, begin(store))
    store.told(RUN, 5)
    assert store.header(RUN) == header()
    bench.advance(4)
    assert store.ended(RUN) is not None
    bench.advance(1.1)
    assert store.header(RUN) is None


def test_a_step_says_when_its_nodes_are_looked_after(store: Store, bench: Bench) -> None:
    """Those that are delayed wait for their own time."""
    rev = begin(store)
    step = write(node("a"), node("b", delay=90), look_after=40)
    assert store.commit(RUN, "leader", rev, (0, 0), step) is True
    bench.advance(39)
    assert names(store) == []
    bench.advance(1)
    assert names(store) == ["run|a"]
    bench.advance(50)
    assert names(store) == ["run|a", "run|b"]


def test_a_run_that_did_not_fail_ended_without_a_failure(store: Store) -> None:
    """That it ended is known from the store, too."""
    rev = begin(store)
    assert store.ended(RUN) is None
    end(store, rev)
    assert store.ended(RUN) == Ended(failed=None)


def test_after_the_end_nothing_is_decided(store: Store) -> None:
    """What is reported still leaves no trace."""
    rev = begin(store, node("a"), node("b"))
    number = fence(store, "a")
    end(store, rev)
    assert complete(store, "a", number, guess=(rev + 1, write(state="wrong"))) == "left"
    assert store.lead(RUN, "leader") is None
    assert store.commit(RUN, "leader", rev + 1, (0, 0), write()) is False
    store.release(RUN, delay=0, parked="late")
    view = store.view(RUN)
    assert view is not None
    assert (view.state, view.parked, view.waiting) == ("{}", "", 0)
    assert claim(store, "b") is not None


def test_the_rows_of_a_run_go(store: Store, bench: Bench) -> None:
    """The ids of all its sub-flows come back, whatever became of them."""
    rev = begin(store, node("x", kind="flow"), node("y", kind="flow"), node("a"))
    complete(store, "x", 0)
    complete(store, "a", fence(store, "a"))
    step = write(fired={"e": 1}, archived=(("A", "a"),), ended=Ended(), drop=True)
    assert store.commit(RUN, "leader", rev, (2, 0), step) is True
    complete(store, "y", 0)
    store.told(RUN)
    assert sorted(store.expire(RUN, 100)) == ["x", "y"]
    bench.advance(99)
    assert store.ended(RUN) is not None
    bench.advance(1.1)
    assert store.header(RUN) is None
    assert store.view(RUN) is None
    assert bench.dump() == {}
    assert store.due(10) == ((), None)


def test_rows_stay_while_a_node_may_report(store: Store, bench: Bench) -> None:
    """They go some seconds after the last one did."""
    rev = begin(store, node("a"), node("n", awaited=False))
    end(store, rev)
    store.told(RUN)
    store.expire(RUN, 5)
    bench.advance(50)
    complete(store, "a", fence(store, "a"))
    bench.advance(50)
    assert complete(store, "n", fence(store, "n")) == "left"
    bench.advance(4)
    assert store.header(RUN) == header()
    bench.advance(1.1)
    assert store.header(RUN) is None


def test_an_open_run_does_not_go(store: Store, bench: Bench) -> None:
    """Not between two nodes either, nor before its end is known."""
    begin(store, node("a"))
    assert store.expire(RUN, 5) == ()
    found = complete(store, "a", fence(store, "a"))
    bench.advance(50)
    assert store.commit(RUN, "leader", found.rev, found.taken, write()) is True
    bench.advance(50)
    assert store.header(RUN) == header()
    end(store, found.rev + 1)
    bench.advance(50)
    assert store.ended(RUN) is not None
    store.told(RUN)
    assert store.header(RUN) == header()
    bench.advance(4)
    assert store.ended(RUN) is not None
    bench.advance(1.1)
    assert store.ended(RUN) is None
    bench.advance(20)
    assert due(store) == []


def test_open_runs_are_listed_by_age(store: Store, bench: Bench) -> None:
    """Wherever they are kept."""
    ids = [f"run-{number * 7 % 20}" for number in range(20)]
    for id in ids:
        store.start(header(id), write(), [])
        bench.advance(0.001)
    assert list(store.open_runs()) == ids


def test_processes_are_alive_for_a_while(store: Store, bench: Bench) -> None:
    """Unless they say so again, or good-bye."""
    assert not store.alive("host:1")
    store.register("host:1", 30)
    store.register("host:2", 30)
    assert store.alive("host:1")
    store.register("host:2", 0)
    assert not store.alive("host:2")
    bench.advance(20)
    store.register("host:1", 30)
    bench.advance(20)
    assert store.alive("host:1")
    bench.advance(10.1)
    assert not store.alive("host:1")


def test_failures_are_kept(store: Store, bench: Bench) -> None:
    """For a week."""
    assert store.failure("a") is None
    store.keep_failure("a", '"w\\u00fc"')
    assert store.failure("a") == '"w\\u00fc"'
    bench.advance(7 * 86_400 - 60)
    store.due(1)
    assert store.failure("a") == '"w\\u00fc"'
    bench.advance(61)
    store.due(1)
    assert store.failure("a") is None


def test_starts_are_throttled(store: Store, bench: Bench) -> None:
    """Each takes the next place; after a pause the first one is now."""
    waits = [store.throttle("a", 100) for _ in range(4)]
    assert waits == pytest.approx([0, 100, 200, 300], abs=2)
    assert store.throttle("a", 7) == pytest.approx(400, abs=2)
    assert store.throttle("a", 7) == pytest.approx(407, abs=2)
    assert store.throttle("b", 0.05) == 0
    time.sleep(0.1)
    bench.advance(0.1)
    assert store.throttle("b", 10) == 0
    assert store.throttle("b", 10) == pytest.approx(10, abs=2)
    assert [store.throttle("c", 0) for _ in range(3)] == [0, 0, 0]


def test_waiting_ends_after_its_time(bench: Bench) -> None:
    """If nothing happens."""
    bench.store.wait(0.01)
    began = time.monotonic()
    bench.store.wait(0.3)
    assert 0.25 <= time.monotonic() - began < 5


@pytest.mark.parametrize("how", ["countdown", "delay", "restart", "release", "defer", "guess"])
def test_waiting_ends_at_an_earlier_countdown(bench: Bench, how: str) -> None:
    """Whoever waits is told of it."""
    store = bench.store
    rev = begin(store, node("a"), node("b"))
    number = fence(store, "a")
    store.wait(0.01)

    def sooner() -> None:
        time.sleep(0.2)
        if how == "countdown":
            store.again(RUN, "a", number, countdown=0.2, counts=True)
        elif how == "delay":
            store.commit(RUN, "leader", rev, (0, 0), write(node("c", delay=0.2)))
        elif how == "restart":
            store.commit(RUN, "leader", rev, (0, 0), write(restart=0.2))
        elif how == "release":
            complete(store, "a", number)
            store.release(RUN, delay=0.2)
        elif how == "defer":
            store.defer(RUN, "b", 1, delay=0.2, parked="")
        else:
            complete(store, "a", number, guess=(rev, write(restart=0)))

    other = threading.Thread(target=sooner)
    began = time.monotonic()
    other.start()
    store.wait(30)
    other.join()
    assert 0.15 <= time.monotonic() - began < 15


def test_what_rang_before_is_heard(bench: Bench) -> None:
    """Between asking what is due and waiting for it, something may become due."""
    store = bench.store
    begin(store, node("a"))
    store.wait(0.01)
    store.again(RUN, "a", fence(store, "a"), countdown=0.1, counts=True)
    began = time.monotonic()
    store.wait(30)
    assert time.monotonic() - began < 15


def test_a_store_says_what_it_promises(store: Store) -> None:
    """In a line."""
    assert "lost" in store.promises()
    assert "\n" not in store.promises()
