"""Runs begin once; nodes are claimed once per attempt, come back for another one, and are sub-flows."""

from __future__ import annotations

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

from selinon.store.protocol import Claim, Ended, Lead, LiveNode, RunView, Store


def test_a_run_starts_once(store: Store) -> None:
    """What is on record already stays as it is."""
    assert store.start(header(), write(state="1", given="2"), ["a", "b"]) is True
    before = store.view(RUN)
    assert store.start(header(), write(state="3", given="4"), ["c"]) is False
    assert store.view(RUN) == before
    assert store.header(RUN) == header()
    assert list(store.open_runs()) == [RUN]


def test_a_run_of_a_sub_flow_names_its_parent(store: Store) -> None:
    """A header comes back as it was given."""
    store.start(header("child", parent=RUN), write(), [])
    assert store.header("child") == header("child", parent=RUN)


def test_of_an_unknown_run_nothing_is_known(store: Store) -> None:
    """Whatever is asked or told of it has no effect."""
    assert store.header(RUN) is None
    assert store.view(RUN) is None
    assert store.ended(RUN) is None
    assert store.archive(RUN) == ()
    assert store.joined(RUN, ["a"]) == {"a": ()}
    assert store.lead(RUN, "leader") is None
    assert claim(store, "a") is None
    assert complete(store, "a", 0) == "stale"
    assert store.again(RUN, "a", 1, countdown=0, counts=True) is None
    assert store.commit(RUN, "leader", 0, (0, 0), write()) is False
    assert store.expire(RUN, 5) == ()
    store.release(RUN, delay=1, parked="no such version")
    store.defer(RUN, "a", 1, delay=1, parked="no such version")
    store.started(RUN, "a")
    store.sent(RUN, ["a"])
    store.told(RUN)
    assert store.header(RUN) is None
    assert due(store) == []
    assert store.start(header(), write(), []) is True


def test_a_run_without_given_is_led(store: Store) -> None:
    """What was not given is an empty text."""
    store.start(header(), write(), ["a"])
    assert lead(store).given == ""


def test_a_claim_brings_what_a_task_needs(store: Store) -> None:
    """A node that nobody claimed is claimed, with what it and its run were given."""
    rev = begin(store, node("a"))
    assert claim(store, "a", guess=True) == Claim(
        fence=1,
        retried=0,
        lost=0,
        body='"a"',
        given='"args"',
        header=header(),
        rev=rev,
        state="{}",
    )


def test_who_claimed_an_attempt(store: Store) -> None:
    """It is known until the node is done, or is to be run again."""
    begin(store, node("a"))
    assert store.claimed(RUN, "a", 1) is None
    assert claim(store, "a") is not None
    found = store.claimed(RUN, "a", 1)
    assert found is not None
    assert (found.kind, found.header, found.attempt) == ("check", header(), 1)
    assert (found.fence, found.lost, found.owner, found.body) == (1, 0, "host:1", '"a"')
    assert store.claimed(RUN, "a", 2) is None
    assert store.again(RUN, "a", 1, countdown=0, counts=False, lost=True) == 2
    assert store.claimed(RUN, "a", 2) is None


def test_an_attempt_is_claimed_once(store: Store) -> None:
    """A claim is repeated under the same token by the same process, and refused to all others."""
    begin(store, node("a"))
    first = claim(store, "a")
    assert claim(store, "a") == first
    assert claim(store, "a", token="other") is None
    assert claim(store, "a", process="host:2") is None
    assert claim(store, "a", attempt=2) is None
    assert claim(store, "a", attempt=0) is None
    assert claim(store, "b") is None


@pytest.mark.parametrize("name", ["worker one@host 7", "w\u00f6rker|1", ""])
def test_processes_have_any_name(store: Store, name: str) -> None:
    """Names of hosts and workers are not looked into."""
    begin(store, node("a"))
    assert claim(store, "a", process=name, token="a token") is not None
    view = store.view(RUN)
    assert view is not None
    assert view.live[0].owner == name
    assert claim(store, "a", process=name, token="a token") is not None


def test_data_for_a_guess_come_only_if_asked_for(store: Store) -> None:
    """They are as large as the run's record."""
    begin(store, node("a"))
    found = claim(store, "a", guess=False)
    assert found is not None
    assert (found.rev, found.state) == (None, None)


def test_no_guess_while_events_wait_or_somebody_leads(store: Store) -> None:
    """Such a guess would be lost."""
    begin(store, node("a"), node("b"), node("c"), node("d"))
    assert complete(store, "a", fence(store, "a"), lazy=True) == "left"
    found = claim(store, "b", guess=True)
    assert found is not None
    assert found.state is None
    assert isinstance(complete(store, "b", found.fence), Lead)
    found = claim(store, "c", guess=True)
    assert found is not None
    assert found.state is None
    store.release(RUN, delay=0)
    found = claim(store, "d", guess=True)
    assert found is not None
    assert found.state is None


def test_no_guess_for_a_node_of_an_earlier_attempt_or_after_the_end(store: Store) -> None:
    """Nothing follows from such nodes."""
    rev = begin(store, node("a"), node("b"))
    complete(store, "a", fence(store, "a"))
    lead(store)
    assert store.commit(RUN, "leader", rev, (1, 0), write(restart=5)) is True
    found = claim(store, "b", guess=True)
    assert found is not None
    assert found.state is None
    assert store.commit(RUN, "leader", rev + 1, (0, 0), write(ended=Ended())) is True
    found = claim(store, "b", guess=True)
    assert found is not None
    assert found.state is None


def test_a_node_comes_back_for_another_attempt(store: Store, bench: Bench) -> None:
    """The next attempt is due after the countdown; the earlier one is over."""
    begin(store, node("a"))
    old = fence(store, "a")
    assert store.again(RUN, "a", old, countdown=30, counts=True) == 2
    assert claim(store, "a", attempt=1) is None
    assert complete(store, "a", old) == "stale"
    assert complete(store, "a", 0) == "stale"
    bench.advance(29.9)
    assert names(store) == []


def test_retries_and_losses_are_counted(store: Store) -> None:
    """A claim says how often the node failed and was lost before."""
    begin(store, node("a"))
    assert store.again(RUN, "a", fence(store, "a"), countdown=0, counts=True) == 2
    number = fence(store, "a", 2)
    assert store.again(RUN, "a", number, countdown=0, counts=False, lost=True) == 3
    assert store.again(RUN, "a", number, countdown=0, counts=True) is None
    found = claim(store, "a", 3)
    assert found is not None
    assert (found.retried, found.lost) == (1, 1)
    assert found.fence not in (number, 1)


def test_a_countdown_is_due_to_the_moment(store: Store, bench: Bench) -> None:
    """Once it is over a hint is to be sent, of the new attempt."""
    begin(store, node("a"))
    store.again(RUN, "a", fence(store, "a"), countdown=30, counts=True)
    assert store.due(10) == ((), 30)
    bench.advance(30)
    found = look(store)
    assert (found.kind, found.attempt, found.body) == ("publish", 2, '"a"')


def test_without_a_countdown_the_caller_sends_the_hint(store: Store, bench: Bench) -> None:
    """It is due only if the caller did not."""
    begin(store, node("a"))
    store.again(RUN, "a", fence(store, "a"), countdown=0, counts=True)
    bench.advance(14)
    assert names(store) == []
    bench.advance(1)
    assert names(store) == ["run|a"]


def test_a_delayed_node_is_due_after_its_delay(store: Store, bench: Bench) -> None:
    """Who starts it does not publish it."""
    begin(store, node("a", delay=4), node("b"))
    assert store.due(10) == ((), 4)
    bench.advance(4)
    assert look(store).kind == "publish"


def test_late_notes_of_what_was_sent_do_not_move_a_countdown(store: Store, bench: Bench) -> None:
    """`sent` may take effect after the node was run and has a countdown."""
    begin(store, node("a"), node("b"))
    store.again(RUN, "a", fence(store, "a"), countdown=5, counts=True)
    store.again(RUN, "b", fence(store, "b"), countdown=500, counts=True)
    store.sent(RUN, ["a", "b"])
    assert store.due(10)[1] == 5
    bench.advance(70)
    assert names(store) == ["run|a"]


def test_notes_of_what_was_sent_of_a_further_attempt(store: Store, bench: Bench) -> None:
    """The hint of the second attempt is sent again as late as that of the first."""
    begin(store, node("a"))
    store.again(RUN, "a", fence(store, "a"), countdown=0, counts=True)
    store.sent(RUN, ["a"], 2)
    bench.advance(59)
    assert names(store) == []
    bench.advance(1)
    assert names(store) == ["run|a"]


def test_what_was_sent_is_hinted_at_later(store: Store, bench: Bench) -> None:
    """A node that was published waits longer than one of which that is not known; a claimed one is not affected."""
    begin(store, node("a"), node("b"), node("c"))
    fence(store, "c")
    store.sent(RUN, ["a", "c", "gone"])
    store.sent(RUN, ["a"])
    bench.advance(15)
    assert names(store) == ["run|b"]
    bench.advance(45)
    assert names(store) == ["run|a", "run|b", "run|c"]


def test_a_sub_flow_is_started_and_reports(store: Store, bench: Bench) -> None:
    """Its node is over by fence 0; from when its run is on record, that is what is due."""
    begin(store, node("child", kind="flow"))
    bench.advance(15)
    assert look(store).kind == "start"
    begin(store, node("a"), id="child", parent=RUN)
    store.started(RUN, "child")
    store.started(RUN, "child")
    bench.advance(15)
    assert names(store) == ["child|a"]
    assert complete(store, "child", 7) == "stale"
    found = complete(store, "child", 0)
    assert isinstance(found, Lead)
    assert found.events == ('["F","child"]',)
    assert complete(store, "child", 0) == "stale"


def test_a_sub_flow_reports_before_it_is_noted_as_started(store: Store) -> None:
    """The note may come late, or never."""
    begin(store, node("child", kind="flow"))
    assert complete(store, "child", 0, leader="") == "taken"
    store.started(RUN, "child")
    view = store.view(RUN)
    assert view is not None
    assert view.live == ()


def test_nobody_completes_a_claimed_node_without_its_fence(store: Store) -> None:
    """Fence 0 is for nodes that are not claimed."""
    begin(store, node("a"))
    number = fence(store, "a")
    assert complete(store, "a", 0) == "stale"
    assert complete(store, "a", number + 1) == "stale"
    assert isinstance(complete(store, "a", number), Lead)


def test_a_deferred_node_waits(store: Store, bench: Bench) -> None:
    """A published attempt is put off, and the run says why it is parked until the next step."""
    rev = begin(store, node("a"), node("b"))
    fence(store, "b")
    store.defer(RUN, "a", 1, delay=40, parked="version 2 is missing")
    store.defer(RUN, "a", 2, delay=1, parked="another attempt")
    store.defer(RUN, "b", 1, delay=1, parked="claimed")
    view = store.view(RUN)
    assert view is not None
    assert view.parked == "version 2 is missing"
    bench.advance(29)
    assert names(store) == []
    bench.advance(11)
    assert names(store) == ["run|a", "run|b"]
    assert store.commit(RUN, "leader", rev, (0, 0), write()) is True
    view = store.view(RUN)
    assert view is not None
    assert view.parked == ""


def test_a_view_shows_everything(store: Store, bench: Bench) -> None:
    """Header, record, live nodes, archive, what waits."""
    rev = begin(store, node("a"), node("b", awaited=False), node("child", kind="flow"))
    complete(store, "a", fence(store, "a"))
    bench.advance(3)
    found = lead(store)
    step = write(node("c"), state="next", fired={"e": 2}, archived=(("A", "a"),), restart=None)
    assert store.commit(RUN, "leader", found.rev, found.taken, step) is True
    fence(store, "b", process="host:9")
    complete(store, "c", fence(store, "c"), lazy=True)
    view = store.view(RUN)
    assert view is not None
    live = {one.id: one for one in view.live}
    assert set(live) == {"b", "child"}
    assert live["b"] == LiveNode(
        id="b",
        state="claimed",
        attempt=1,
        awaited=False,
        current=True,
        owner="host:9",
        body='"b"',
    )
    assert live["child"].state == "flow"
    assert view == RunView(
        header=header(),
        rev=rev + 1,
        status="open",
        state="next",
        given='"args"',
        created=1_700_000_000,
        parked="",
        ended=None,
        fired={"e": 2},
        archive=(("A", "a"),),
        live=view.live,
        waiting=1,
    )
    assert store.archive(RUN) == (("A", "a"),)


def test_texts_come_back_as_they_were(store: Store) -> None:
    """States, bodies and names hold what they hold."""
    text = '"\u00fc \\ud83d \U0001f600 \\u0000 \n\t'
    name = "a name\nof two lines"
    begin(store, node("a", body=text))
    found = claim(store, "a")
    assert found is not None
    assert found.body == text
    rows = ((name, text),)
    step = write(state=text, given=text, archived=rows, joined=rows)
    found2 = complete(store, "a", found.fence, names=(name,))
    assert store.commit(RUN, "leader", found2.rev, found2.taken, step) is True
    view = store.view(RUN)
    assert view is not None
    assert (view.state, view.given, view.archive) == (text, text, rows)
    assert store.joined(RUN, [name, "other"]) == {name: (text,), "other": ()}
    restart = write(restart=5)
    assert store.commit(RUN, "leader", view.rev, (0, 0), restart) is True
    assert store.joined(RUN, [name]) == {name: ()}
