"""All fault tests, in full: what can go wrong goes wrong some hundred times.

    python -m tests.faults.run                 # all of them
    python -m tests.faults.run groups pools    # those whose names contain one of these words

Prints for each what was tried, and ends with 1 if something did not come out as it should.
"""

from __future__ import annotations

import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from tests.faults.figures import Figures
from tests.faults.kills import kill_at_points, kill_groups
from tests.faults.losses import hang, poison, publisher_killed, real_leases, warm_shutdown
from tests.faults.messages import messages_astray, unreadable_messages
from tests.faults.mutants import MUTANTS, notices
from tests.faults.outages import broker_restarts, store_restarts
from tests.faults.pools import CONCURRENCY, run_in
from tests.faults.refusals import cannot_go_on, other_package, storage_away
from tests.faults.scene import working
from tests.faults.servers import rabbitmq_is_here
from tests.faults.suite import LARGE, SMALL

_PATIENCE: Final = 600


def _alone(test: Callable[..., Figures], *values: object) -> Callable[[], Figures]:
    """Return a test that has a scene of its own."""

    def run() -> Figures:
        with working() as scene:
            return test(scene, *values)

    return run


_TESTS: Final[Mapping[str, Callable[[], Figures]]] = {
    "points": partial(kill_at_points, LARGE, (1, 4, 9), main=True, patience=_PATIENCE),
    "points, dedicated deciders": partial(
        kill_at_points, LARGE, (1, 4), inline=False, patience=_PATIENCE
    ),
    "groups": partial(kill_groups, LARGE, 30, seed=1, patience=_PATIENCE),
    "messages three times": partial(messages_astray, LARGE, copies=3),
    "messages dropped": partial(messages_astray, LARGE, drop=4, patience=_PATIENCE),
    "messages late": partial(messages_astray, LARGE, late=3, delay=2.0, patience=_PATIENCE),
    "messages unreadable": _alone(unreadable_messages, SMALL),
    "broker restarts": partial(broker_restarts, LARGE, 5, patience=_PATIENCE),
    "store restarts": partial(store_restarts, LARGE, 5, patience=_PATIENCE),
    "store away for 40 s": partial(store_restarts, SMALL, 1, away=40, patience=_PATIENCE),
    "hang": _alone(hang, 5),
    "warm shutdown": warm_shutdown,
    "poison": _alone(poison),
    "publisher killed, begun": _alone(publisher_killed, "begun"),
    "publisher killed, sending": _alone(publisher_killed, "sending"),
    "recovery with the periods of real runs": real_leases,
    "cannot go on": _alone(cannot_go_on),
    "storage away": _alone(storage_away),
    "other package": other_package,
    **{f"pools, {pool}": partial(run_in, pool, SMALL, (2, 5)) for pool in CONCURRENCY},
    **{f"mutation, {name}": partial(notices, name) for name in MUTANTS},
}

_WITH_RABBITMQ: Final[Mapping[str, Callable[[], Figures]]] = {
    "rabbitmq, points": partial(kill_at_points, SMALL, (1, 4), rabbitmq=True, patience=_PATIENCE),
    "rabbitmq, messages": partial(messages_astray, SMALL, copies=3, drop=9, rabbitmq=True),
    "rabbitmq, connections cut": partial(broker_restarts, SMALL, 3, rabbitmq=True),
}


def main(words: Sequence[str]) -> int:
    """Run the tests whose names contain one of the words, or all; return the status to end with."""
    # Told to end, it stops and removes what it started, as it does in all other cases.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tests: dict[str, Any] = dict(_TESTS)
    if rabbitmq_is_here():
        tests |= _WITH_RABBITMQ
    else:
        print("there is no server of RabbitMQ on this machine: what needs one is left out")
    total, began, bad = Figures(), time.monotonic(), []
    for name, test in tests.items():
        if words and not any(word in name for word in words):
            continue
        start = time.monotonic()
        try:
            figures = test()
        except Exception:
            bad.append(name)
            traceback.print_exc()
            continue
        total += figures
        print(_line(name, figures, time.monotonic() - start), flush=True)
    print(_line("all", total, time.monotonic() - began))
    for name in bad:
        print(f"FAILED: {name}")
    return 1 if bad else 0


def _line(name: str, figures: Figures, seconds: float) -> str:
    return (
        f"{name:40} {figures.kills:4} kills {figures.flows:4} flows {figures.nodes:5} nodes "
        f"{seconds:6.1f} s  {figures.note}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
