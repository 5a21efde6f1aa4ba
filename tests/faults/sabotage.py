"""What makes the processes of a test fail: they end themselves at points, and their messages go astray.

All of it is here and on the side of the application; the code under test reads no switches for tests.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from types import ModuleType
from typing import Any

from celery import signals
from tests.faults.mutations import MUTATIONS
from tests.faults.stage import Leases, Stage

from selinon.store import protocol
from selinon.store import redis as redis_store
from selinon.worker import driver, faults, process, runner, sweeper
from selinon.worker.messages import CeleryOutlet

__all__ = ["sabotage", "shorten", "shorter"]


def sabotage(stage: Stage, mutation: str) -> None:
    """Prepare this process, and those that are forked off it."""
    main = os.getpid()

    def reached(point: str) -> None:
        plan = stage.planned()
        times = plan.kill.get(point)
        if not times or (os.getpid() == main and not plan.main):
            return
        if stage.count(point) in times:
            stage.note("killed", point, os.getpid())
            os.kill(os.getpid(), signal.SIGKILL)

    faults.listen(reached)
    _mislead(stage)
    signals.task_prerun.connect(lambda **_: faults.reach("received"), weak=False)
    signals.task_postrun.connect(lambda **_: faults.reach("finished"), weak=False)
    if mutation:
        MUTATIONS[mutation]()


def shorten(leases: Leases) -> None:
    """Make the store's periods shorter, wherever they are known."""
    for module, name, value in shorter(leases):
        setattr(module, name, value)


def shorter(leases: Leases) -> list[tuple[ModuleType, str, Any]]:
    """Return the names of the store's periods in all modules that know them, with other values."""
    values = {
        "PROCESS_LEASE": leases.process,
        "LEAD_LEASE": leases.lead,
        "AGAIN_AFTER": tuple(leases.again),
        "HELD": leases.held,
        "_ROUND": leases.round,
        "_SKEWED": leases.skewed,
    }
    return [
        (module, name, value)
        for module in (protocol, redis_store, driver, process, runner, sweeper)
        for name, value in values.items()
        if hasattr(module, name)
    ]


def _mislead(stage: Stage) -> None:
    """Let messages be doubled, dropped and delayed as the plan says, and note them all."""
    send = CeleryOutlet._send

    def sent(
        self: CeleryOutlet,
        producer: Any,
        name: str,
        message: Any,
        queue: str,
    ) -> None:
        plan = stage.planned()
        said = [name, message.headers["id"], list(message.body[0]), queue]
        stage.note("sent", json.dumps(said).replace(" ", ""))
        faults.reach("sending")
        number = stage.count("message")
        if plan.drop and number % plan.drop == 0:
            return
        if plan.late and number % plan.late == 0:

            def later() -> None:
                with self._app.producer_pool.acquire(block=True) as other:
                    send(self, other, name, message, queue)

            timer = threading.Timer(plan.delay, later)
            timer.daemon = True
            timer.start()
            return
        for _ in range(plan.copies):
            send(self, producer, name, message, queue)

    wake = CeleryOutlet.wake

    def woken(self: CeleryOutlet, run: str, flow: str) -> None:
        wake(self, run, flow)
        faults.reach("hinted")

    CeleryOutlet._send = sent  # type: ignore[method-assign]  # what this is about
    CeleryOutlet.wake = woken  # type: ignore[method-assign]  # as above
