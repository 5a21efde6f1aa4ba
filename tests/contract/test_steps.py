"""Events are led to a step, steps are written once, what was guessed right is written at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.contract.benches import Bench
from tests.contract.runs import (
    RUN,
    begin,
    claim,
    complete,
    fence,
    header,
    lead,
    look,
    names,
    node,
    write,
)

from selinon.store.protocol import Brief, Ended, Lead, More, NewNode, Store, Write


def state_of(store: Store) -> tuple[int, str]:
    """Return revision and record of the run."""
    view = store.view(RUN)
    assert view is not None
    return view.rev, view.state


def test_who_completes_a_node_leads(store: Store) -> None:
    """The event comes back with all that the step needs."""
    rev = begin(store, node("a"), node("b"))
    first = lead_of(complete(store, "a", fence(store, "a"), leader="me", names=("A", "B")))
    assert first == Lead(
        header=header(),
        rev=rev,
        state="{}",
        given='"args"',
        events=('["F","a"]',),
        taken=(1, 0),
        joined={"A": (), "B": ()},
    )


def lead_of(completed: object) -> Lead:
    """Return a lead, which it must be."""
    assert isinstance(completed, Lead)
    return completed


def test_one_leads_at_a_time(store: Store, bench: Bench) -> None:
    """Others leave their events to the leader, who is told of them when he commits."""
    rev = begin(store, node("a"), node("b"), node("c"))
    first = lead_of(complete(store, "a", fence(store, "a"), leader="me"))
    assert complete(store, "b", fence(store, "b"), leader="you") == "left"
    assert store.lead(RUN, "you") is None
    assert names(store) == []
    assert store.commit(RUN, "me", rev, first.taken, write()) == More(
        events=('["F","b"]',), taken=(1, 0)
    )
    assert store.lead(RUN, "you") is None
    assert complete(store, "c", fence(store, "c"), leader="you") == "left"
    assert store.commit(RUN, "me", rev + 1, (1, 0), write()) == More(
        events=('["F","c"]',), taken=(1, 0)
    )
    assert store.commit(RUN, "me", rev + 2, (1, 0), write()) is True
    assert store.lead(RUN, "you") is None
    bench.advance(100)
    assert names(store) == []


def test_a_leader_leads_again(store: Store) -> None:
    """What was taken and not committed is there still."""
    begin(store, node("a"))
    first = lead_of(complete(store, "a", fence(store, "a"), leader="me"))
    assert lead(store, "me") == first


def test_an_absent_leader_is_followed(store: Store, bench: Bench) -> None:
    """Once his lease is over the run is due, and whoever decides first decides."""
    rev = begin(store, node("a"), node("b"))
    first = lead_of(complete(store, "a", fence(store, "a"), leader="me"))
    bench.advance(9)
    assert store.lead(RUN, "you") is None
    bench.advance(1)
    assert look(store).kind == "wake"
    second = lead(store, "you")
    assert second == first
    assert store.commit(RUN, "you", rev, second.taken, write(state="yours")) is True
    assert store.commit(RUN, "me", rev, first.taken, write(state="mine")) is False
    assert state_of(store) == (rev + 1, "yours")


def test_who_completes_a_node_follows_an_absent_leader(store: Store, bench: Bench) -> None:
    """The events that the other one had are his, too."""
    begin(store, node("a"), node("b"))
    complete(store, "a", fence(store, "a"), leader="me")
    bench.advance(10.001)
    second = lead_of(complete(store, "b", fence(store, "b"), leader="you"))
    assert second.events == ('["F","a"]', '["F","b"]')


def test_of_a_conflict_nothing_stays(store: Store) -> None:
    """Neither events nor nodes nor rows are touched by a step from another revision."""
    rev = begin(store, node("a"))
    found = lead_of(complete(store, "a", fence(store, "a")))
    before = store.view(RUN)
    step = write(node("b"), state="wrong", archived=(("A", "a"),), ended=Ended())
    assert store.commit(RUN, "leader", rev - 1, found.taken, step) is False
    assert store.commit(RUN, "leader", rev + 1, found.taken, step) is False
    assert store.view(RUN) == before


def test_who_does_not_decide_sends_a_hint_once(store: Store, bench: Bench) -> None:
    """Until a dispatcher has it, or the lease is over, no one else is to send one."""
    begin(store, node("a"), node("b"), node("c"), node("d"))
    assert complete(store, "a", fence(store, "a"), leader="") == "taken"
    assert complete(store, "b", fence(store, "b"), leader="") == "left"
    assert complete(store, "c", fence(store, "c"), leader="you") == "left"
    bench.advance(10)
    assert look(store).kind == "wake"
    assert complete(store, "d", fence(store, "d"), leader="") == "taken"
    assert lead(store, "dispatcher").events == tuple(f'["F","{id}"]' for id in "abcd")
    assert store.lead(RUN, "another") is None


def test_lazy_events_wait_for_the_last_awaited_node(store: Store) -> None:
    """They start nothing, so that nobody has to look at them earlier."""
    rev = begin(store, node("a"), node("b"), node("c"), node("n", awaited=False))
    assert complete(store, "a", fence(store, "a"), lazy=True) == "left"
    assert store.lead(RUN, "leader") is None
    assert complete(store, "b", fence(store, "b"), lazy=True) == "left"
    last = lead_of(complete(store, "c", fence(store, "c"), lazy=True))
    assert last.events == ('["F","a"]', '["F","b"]', '["F","c"]')
    assert last.taken == (0, 3)
    assert store.commit(RUN, "leader", rev, last.taken, write()) is True


def test_lazy_events_come_along_with_others(store: Store) -> None:
    """They are taken with the next step there is, after its own events."""
    rev = begin(store, node("a"), node("b"), node("c"))
    complete(store, "a", fence(store, "a"), lazy=True)
    found = lead_of(complete(store, "b", fence(store, "b")))
    assert (found.events, found.taken) == (('["F","b"]', '["F","a"]'), (1, 1))
    assert store.commit(RUN, "leader", rev, found.taken, write()) is True
    assert lead_of(complete(store, "c", fence(store, "c"))).events == ('["F","c"]',)


def test_lazy_events_that_arrive_last_while_somebody_leads(store: Store) -> None:
    """The leader gets them when he commits."""
    rev = begin(store, node("a"), node("b"))
    found = lead_of(complete(store, "a", fence(store, "a")))
    assert complete(store, "b", fence(store, "b"), lazy=True) == "left"
    assert store.commit(RUN, "leader", rev, found.taken, write()) == More(
        events=('["F","b"]',), taken=(0, 1)
    )


def test_lazy_events_are_released_when_the_awaited_nodes_are_dropped(store: Store) -> None:
    """Nodes that are gone are not waited for."""
    rev = begin(store, node("a"), node("b"), node("c"))
    found = lead_of(complete(store, "a", fence(store, "a")))
    assert complete(store, "b", fence(store, "b"), lazy=True) == "left"
    assert store.commit(RUN, "leader", rev, found.taken, write(drop=True)) == More(
        events=('["F","b"]',), taken=(0, 1)
    )


def test_a_right_guess_is_written(store: Store, bench: Bench) -> None:
    """Nobody leads then; the event is never stored."""
    rev = begin(store, node("a"))
    number = fence(store, "a")
    step = write(node("b"), state="guessed", archived=(("A", "a"),))
    assert complete(store, "a", number, guess=(rev, step)) == "committed"
    assert state_of(store) == (rev + 1, "guessed")
    assert store.archive(RUN) == (("A", "a"),)
    assert store.lead(RUN, "leader") is None
    assert complete(store, "a", number, guess=(rev, step)) == "stale"
    assert complete(store, "a", number, guess=(rev + 1, step)) == "stale"
    assert state_of(store) == (rev + 1, "guessed")
    bench.advance(15)
    assert names(store) == ["run|b"]


def test_a_right_guess_of_a_lazy_event(store: Store) -> None:
    """It may be written whatever else is live."""
    rev = begin(store, node("a"), node("b"))
    step = write(state="guessed")
    assert complete(store, "a", fence(store, "a"), lazy=True, guess=(rev, step)) == "committed"
    assert state_of(store) == (rev + 1, "guessed")
    assert lead_of(complete(store, "b", fence(store, "b"), lazy=True)).taken == (0, 1)


def test_a_guess_from_an_earlier_revision_is_lost(store: Store) -> None:
    """Its event is led as any other."""
    rev = begin(store, node("a"), node("b"))
    one, two = fence(store, "a"), fence(store, "b")
    assert complete(store, "a", one, guess=(rev, write(state="first"))) == "committed"
    found = lead_of(complete(store, "b", two, guess=(rev, write(state="second"))))
    assert (found.rev, found.state, found.events) == (rev + 1, "first", ('["F","b"]',))


def test_a_guess_is_lost_to_a_leader(store: Store) -> None:
    """Whoever leads decides about this event, too."""
    rev = begin(store, node("a"), node("b"))
    complete(store, "a", fence(store, "a"))
    step = write(state="guessed")
    assert complete(store, "b", fence(store, "b"), leader="you", guess=(rev, step)) == "left"
    assert state_of(store) == (rev, "{}")


@pytest.mark.parametrize("lazy", [False, True])
def test_a_guess_is_lost_to_an_event_that_waits(store: Store, lazy: bool) -> None:
    """What happened earlier is decided with it."""
    rev = begin(store, node("a"), node("b"), node("c"))
    complete(store, "a", fence(store, "a"), lazy=lazy)
    store.release(RUN, delay=0)
    found = lead_of(complete(store, "b", fence(store, "b"), guess=(rev, write(state="guessed"))))
    assert set(found.events) == {'["F","a"]', '["F","b"]'}
    assert found.state == "{}"


def test_a_guess_that_ends_the_run(store: Store, bench: Bench) -> None:
    """Telling of the end is due."""
    rev = begin(store, node("a"))
    step = write(ended=Ended(failed='"why"'))
    assert complete(store, "a", fence(store, "a"), guess=(rev, step)) == "committed"
    assert store.ended(RUN) == Ended(failed='"why"')
    bench.advance(15)
    assert look(store).kind == "finish"


def test_a_guess_that_begins_a_new_attempt_wakes_the_run(store: Store) -> None:
    """Whoever guessed leads, or the run is due."""
    rev = begin(store, node("a"))
    step = write(restart=0)
    assert complete(store, "a", fence(store, "a"), guess=(rev, step)) == "committed"
    assert look(store).kind == "wake"
    assert lead(store).events == ('["S"]',)


def test_a_guess_of_a_new_attempt_with_a_countdown(store: Store, bench: Bench) -> None:
    """It begins when the countdown is over."""
    rev = begin(store, node("a"))
    step = write(restart=7)
    assert complete(store, "a", fence(store, "a"), guess=(rev, step)) == "committed"
    assert store.due(10) == ((), 7)
    bench.advance(7)
    assert look(store).kind == "wake"


def test_nodes_that_nobody_awaits_are_not_told_of(store: Store) -> None:
    """They leave, and nothing follows."""
    begin(store, node("n", awaited=False))
    assert complete(store, "n", fence(store, "n"), guess=(2, write(state="wrong"))) == "left"
    assert store.lead(RUN, "leader") is None
    view = store.view(RUN)
    assert view is not None
    assert (view.live, view.waiting, view.state) == ((), 0, "{}")


def test_nodes_of_an_earlier_attempt_change_nothing(store: Store, bench: Bench) -> None:
    """A restart leaves them to themselves; their ends are dropped."""
    rev = begin(store, node("a"), node("b"), node("c"))
    found = lead_of(complete(store, "a", fence(store, "a")))
    old = fence(store, "b")
    step = write(restart=0, archived=(("A", "a"),), joined=(("A", "a"),))
    assert store.commit(RUN, "leader", rev, found.taken, step) == More(
        events=('["S"]',), taken=(1, 0)
    )
    assert store.archive(RUN) == ()
    assert store.joined(RUN, ["A"]) == {"A": ()}
    assert store.commit(RUN, "leader", rev + 1, (1, 0), write(node("d"), state="new")) is True
    assert complete(store, "b", old, guess=(rev + 2, write(state="wrong"))) == "left"
    assert store.lead(RUN, "leader") is None
    view = store.view(RUN)
    assert view is not None
    assert (view.state, view.waiting) == ("new", 0)
    assert {(one.id, one.current) for one in view.live} == {("c", False), ("d", True)}
    last = lead_of(complete(store, "d", fence(store, "d"), lazy=True))
    assert last.events == ('["F","d"]',)


def test_firings_are_counted(store: Store) -> None:
    """Steps add to how often edges fired, a guess as well; a new attempt begins at nothing."""
    rev = begin(store, node("a"), node("b"), node("c"))
    found = lead_of(complete(store, "a", fence(store, "a")))
    assert store.commit(RUN, "leader", rev, found.taken, write(fired={"x": 2, "y": 1})) is True
    guess = rev + 1, write(fired={"x": 1})
    assert complete(store, "b", fence(store, "b"), guess=guess) == "committed"
    assert fired(store) == {"x": 3, "y": 1}
    guess = rev + 2, write(fired={"x": 1}, restart=5)
    assert complete(store, "c", fence(store, "c"), guess=guess) == "committed"
    assert fired(store) == {}


def fired(store: Store) -> Mapping[str, int]:
    """Return how often edges of the run fired."""
    view = store.view(RUN)
    assert view is not None
    return view.fired


def test_meanwhile_is_called_before_the_answer(store: Store) -> None:
    """Whatever the answer is."""
    begin(store, node("a"))
    number = fence(store, "a")
    calls: list[str] = []
    assert lead_of(complete(store, "a", number, meanwhile=lambda: calls.append("first")))
    assert complete(store, "a", number, meanwhile=lambda: calls.append("second")) == "stale"
    assert calls == ["first", "second"]


def test_a_restart_drops_what_waits(store: Store, bench: Bench) -> None:
    """Events of the attempt before are no longer of interest; the next attempt begins after the countdown."""
    rev = begin(store, node("a"), node("b"), node("c"))
    found = lead_of(complete(store, "a", fence(store, "a")))
    complete(store, "b", fence(store, "b"))
    complete(store, "c", fence(store, "c"), lazy=True)
    assert store.commit(RUN, "leader", rev, found.taken, write(restart=20)) is True
    assert store.lead(RUN, "leader") is None
    bench.advance(19)
    assert names(store) == []
    bench.advance(1)
    assert look(store).kind == "wake"
    assert lead(store).events == ('["S"]',)


def test_rows_are_archived_and_joined_in_order(store: Store) -> None:
    """Joined rows go when they are released, or with the attempt."""
    rev = begin(store, node("a"), node("b"))
    found = lead_of(complete(store, "a", fence(store, "a")))
    rows = (("A", "1"), ("B", "2"), ("A", "3"))
    assert store.commit(RUN, "leader", rev, found.taken, write(archived=rows, joined=rows)) is True
    assert store.archive(RUN) == rows
    assert store.joined(RUN, ["A", "B", "C"]) == {"A": ("1", "3"), "B": ("2",), "C": ()}
    found = lead_of(complete(store, "b", fence(store, "b"), names=("A",)))
    assert found.joined == {"A": ("1", "3")}
    step = write(joined=(("A", "4"),), released=("A", "C"))
    assert store.commit(RUN, "leader", rev + 1, found.taken, step) is True
    assert store.joined(RUN, ["A", "B"]) == {"A": (), "B": ("2",)}


def test_a_thousand_events_at_a_time(store: Store) -> None:
    """A step takes no more; the rest goes on with the next one."""
    store.start(header(), write(), [str(number) for number in range(1003)])
    found = lead(store)
    assert found.taken == (1000, 0)
    assert found.events[-1] == "999"
    more = store.commit(RUN, "leader", found.rev, found.taken, write())
    assert more == More(events=("1000", "1001", "1002"), taken=(3, 0))


def test_many_nodes_and_rows(store: Store) -> None:
    """A wide step is one write."""
    rows = tuple(("A", str(number)) for number in range(2500))
    nodes = tuple(node(str(number)) for number in range(2500))
    rev = begin(store, *nodes)
    store.sent(RUN, [one.id for one in nodes])
    found = lead_of(complete(store, "7", fence(store, "7")))
    assert store.commit(RUN, "leader", rev, found.taken, write(archived=rows)) is True
    assert store.archive(RUN) == rows
    view = store.view(RUN)
    assert view is not None
    assert len(view.live) == 2499


def test_a_step_does_not_start_what_is_live(store: Store) -> None:
    """The same node, named by a step that is repeated, stays as it is."""
    rev = begin(store, node("a"), node("b"))
    number = fence(store, "a")
    found = lead_of(complete(store, "b", fence(store, "b")))
    step = write(node("a", body="other"))
    assert store.commit(RUN, "leader", rev, found.taken, step) is True
    again = claim(store, "a")
    assert again is not None
    assert (again.fence, again.body) == (number, '"a"')


def test_a_run_is_released(store: Store, bench: Bench) -> None:
    """It is looked at again after the delay; why it is parked stands in its view."""
    begin(store, node("a"))
    complete(store, "a", fence(store, "a"), leader="me")
    store.release(RUN, delay=90, parked="version 2 is missing")
    view = store.view(RUN)
    assert view is not None
    assert (view.parked, view.waiting) == ("version 2 is missing", 1)
    bench.advance(89)
    assert names(store) == []
    assert lead(store, "you").events == ('["F","a"]',)
    store.release(RUN, delay=1)
    bench.advance(1)
    assert look(store).kind == "wake"


def test_a_run_without_events_is_released(store: Store, bench: Bench) -> None:
    """Nothing of it is due."""
    begin(store)
    store.release(RUN, delay=1)
    bench.advance(100)
    assert names(store) == []


def test_tasks_that_nobody_claimed_are_dropped(store: Store) -> None:
    """Those that run go on, and are not run again; sub-flows stay until their runs tell of their ends."""
    rev = begin(
        store, node("a"), node("b"), node("c"), node("child", kind="flow"), node("n", awaited=False)
    )
    number = fence(store, "b")
    found = lead_of(complete(store, "a", fence(store, "a")))
    step = write(node("d"), drop=True, ended=Ended())
    assert store.commit(RUN, "leader", rev, found.taken, step) is True
    view = store.view(RUN)
    assert view is not None
    assert {(one.id, one.state) for one in view.live} == {("b", "claimed"), ("child", "flow")}
    assert complete(store, "child", 0) == "left"
    assert claim(store, "c") is None
    assert store.again(RUN, "b", number, countdown=0, counts=False) is None
    view = store.view(RUN)
    assert view is not None
    assert view.live == ()


def test_claimed_tasks_come_back_in_a_run_that_ends_otherwise(store: Store) -> None:
    """Nobody waits for them, but they have their attempts."""
    rev = begin(store, node("a"), node("b"))
    number = fence(store, "b")
    found = lead_of(complete(store, "a", fence(store, "a")))
    assert store.commit(RUN, "leader", rev, found.taken, write(ended=Ended())) is True
    assert store.again(RUN, "b", number, countdown=0, counts=False) == 2


def test_a_run_at_a_glance(store: Store) -> None:
    """What is told of it without its rows."""
    assert store.brief(RUN) is None
    rev = begin(store, node("a"), node("b"), node("n", awaited=False))
    view = store.view(RUN)
    assert view is not None
    brief = Brief(
        header=header(),
        rev=rev,
        status="open",
        state="{}",
        created=view.created,
        parked="",
        ended=None,
        live=2,
    )
    assert store.brief(RUN) == brief
    complete(store, "a", fence(store, "a"))
    store.release(RUN, delay=1, parked="why")
    known = store.brief(RUN)
    assert known is not None
    assert (known.live, known.parked) == (1, "why")
    assert store.commit(RUN, "leader", rev, (1, 0), write(ended=Ended(failed="no"))) is True
    known = store.brief(RUN)
    assert known is not None
    assert (known.status, known.ended, known.parked) == ("done", Ended(failed="no"), "")


REPEATED: tuple[NewNode, ...] = (node("x"), node("y", kind="flow"))


def test_repeating_what_happened_changes_nothing(store: Store, bench: Bench) -> None:
    """The caller of each operation may not know whether it took effect."""

    def twice(operation: str, *args: Any, **named: Any) -> tuple[Any, Any]:
        first = getattr(store, operation)(*args, **named)
        before = bench.dump(), store.view(RUN)
        second = getattr(store, operation)(*args, **named)
        assert (bench.dump(), store.view(RUN)) == before
        return first, second

    start: Write = write(state="0")
    assert twice("start", header(), start, ["e"]) == (True, False)
    first, second = twice("lead", RUN, "me")
    assert first == second
    rev = first.rev
    step = write(*REPEATED, node("z"), archived=(("A", "a"),), joined=(("A", "a"),))
    assert twice("commit", RUN, "me", rev, (1, 0), step) == (True, False)
    twice("sent", RUN, ["x"])
    assert store.start(header("y", parent=RUN), start, ["e"])
    twice("started", RUN, "y")
    twice("defer", RUN, "z", 1, delay=3, parked="waits")
    first, second = twice("claim", RUN, "x", 1, process="p", token="t", guess=True)
    assert first == second
    again = {"countdown": 5, "counts": True}
    assert twice("again", RUN, "x", first.fence, **again) == (2, None)
    number = fence(store, "x", 2)
    named: dict[str, Any] = {"lazy": True, "leader": "me"}
    assert twice("complete", RUN, "x", number, "e", **named) == ("left", "stale")
    assert twice("complete", RUN, "y", 0, "f", lazy=False, leader="") == ("taken", "stale")
    twice("release", RUN, delay=5, parked="why")
    first, second = twice("lead", RUN, "me", ["A"])
    assert first == second
    assert first.events == ("f", "e")
    assert twice("commit", RUN, "me", first.rev, first.taken, write(restart=9)) == (True, False)
    bench.advance(9)
    (found,) = [one for one in store.due(10)[0] if one.node == "+"]
    first, second = twice("look", found)
    assert (first.kind, second.kind) == ("wake", "nothing")
    rev = lead(store, "me").rev
    end = write(ended=Ended(failed="why"), drop=True)
    first, second = twice("commit", RUN, "me", rev, (1, 0), end)
    assert (first, second) == (True, False)
    assert twice("expire", RUN, 100) == (("y",), ("y",))
    twice("told", RUN)
    twice("register", "p", 30)
    twice("keep_failure", "x", "why")
    assert store.failure("x") == "why"
