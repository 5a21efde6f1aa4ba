"""A sample of the fault tests, with real processes; `make faults` runs all of them, and longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.faults.kills import kill_at_points, kill_groups
from tests.faults.losses import hang, poison, publisher_killed, warm_shutdown
from tests.faults.messages import messages_astray, unreadable_messages
from tests.faults.mutants import notices
from tests.faults.outages import broker_restarts, store_restarts
from tests.faults.pools import run_in
from tests.faults.refusals import cannot_go_on, other_package, storage_away
from tests.faults.scene import Scene, working
from tests.faults.suite import SMALL, TINY

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def _lasting() -> Iterator[Scene]:
    with working() as scene:
        yield scene


@pytest.fixture
def scene(_lasting: Scene) -> Scene:
    """Return a scene with a worker, which several tests share; each begins with no runs of its own."""
    _lasting.runs.clear()
    _lasting.plan()
    return _lasting


def test_a_process_killed_at_each_point() -> None:
    """Wherever a process ends, each node is entered once per attempt, and all comes out as if nothing had happened."""
    figures = kill_at_points(SMALL, (1,))
    assert figures.kills >= 15


def test_a_group_of_workers_killed() -> None:
    """When all processes of a worker end at once, what they held is done by others."""
    figures = kill_groups(TINY, 2, seed=1, apart=(0.5, 1.5))
    assert figures.nodes >= len(TINY)


def test_messages_astray() -> None:
    """Messages that come three times, late, or not at all change nothing, nor do they when all is over."""
    messages_astray(TINY, copies=3, drop=7, late=5, delay=0.5)


def test_unreadable_messages(scene: Scene) -> None:
    """What no worker can read stops nobody."""
    unreadable_messages(scene, TINY)


def test_the_broker_forgets() -> None:
    """All messages may be lost: the store knows what is to be done."""
    broker_restarts(TINY, 1, away=0.2)


def test_the_store_restarts() -> None:
    """A store that comes back with what it answered for goes on where it was."""
    store_restarts(TINY, 1, away=0.5)


def test_a_process_that_hangs(scene: Scene) -> None:
    """Who is silent for too long has lost what he held; what he says later changes nothing."""
    hang(scene, 1)


def test_a_warm_shutdown() -> None:
    """A worker that is told to end finishes what it runs, and neither loses nor waits for anything."""
    warm_shutdown()


def test_a_task_that_ends_its_process(scene: Scene) -> None:
    """A task that takes its process along each time fails in the end, and nothing else suffers."""
    poison(scene)


def test_a_publisher_killed(scene: Scene) -> None:
    """A run begins once it is on record, whether or not anybody was told."""
    publisher_killed(scene, "begun")


def test_flows_that_cannot_go_on(scene: Scene) -> None:
    """Too much, no JSON, code that raises or leaves: the flow fails, and says where and why."""
    cannot_go_on(scene)


def test_a_storage_that_is_away(scene: Scene) -> None:
    """A step that reads a storage in vain is repeated after a pause, and has not half happened."""
    storage_away(scene)


def test_another_package() -> None:
    """Runs that a worker cannot take forward wait for one that can."""
    other_package()


def test_threads() -> None:
    """Threads of one process run tasks side by side."""
    run_in("threads", TINY)


def test_a_store_that_lets_claim_twice_is_noticed() -> None:
    """The tests above see a node that runs twice."""
    notices("claim")
