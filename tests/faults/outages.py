"""Servers stop and come back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from tests.faults.figures import Figures
from tests.faults.judging import judge
from tests.faults.scene import Scene
from tests.faults.suite import start_all

__all__ = ["broker_restarts", "store_restarts"]

_NO_POISON = {"selinon_max_lost": 1000}


def broker_restarts(
    flows: Sequence[tuple[str, Any]],
    times: int,
    *,
    rabbitmq: bool = False,
    away: float = 1.0,
    patience: float = 120,
) -> Figures:
    """Let the broker forget all messages, and the result backend all results, while flows run."""
    with Scene(rabbitmq=rabbitmq, settings=_NO_POISON) as scene:
        scene.work()
        scene.plan(pause=0.05)
        for _ in range(times):
            _in_the_middle(scene, flows)
            if rabbitmq:
                scene.host.purge()
                scene.host.cut()
            else:
                scene.message_server.kill()
                time.sleep(away)
                scene.message_server.start()
        scene.finish(patience)
        # Results that were told before the backend forgot them are gone, as it was set up to.
        nodes = judge(scene, told=rabbitmq)
        return Figures(kills=times, flows=len(scene.runs), nodes=nodes)


def store_restarts(
    flows: Sequence[tuple[str, Any]], times: int, *, away: float = 1.0, patience: float = 120
) -> Figures:
    """End the state store as a crash would while flows run, and start it again after a while."""
    with Scene(settings=_NO_POISON) as scene:
        scene.work()
        scene.plan(pause=0.05)
        for _ in range(times):
            _in_the_middle(scene, flows)
            scene.store_server.kill()
            time.sleep(away)
            scene.store_server.start()
        scene.finish(patience)
        return Figures(kills=times, flows=len(scene.runs), nodes=judge(scene))


def _in_the_middle(scene: Scene, flows: Sequence[tuple[str, Any]]) -> None:
    """Wait until some more tasks were entered, of the flows that run or, when these have ended, of others like them."""
    seen = len(scene.stage.entries())

    def reached() -> bool:
        if all(scene.over(run) for run in scene.runs):  # perhaps before so many were entered
            start_all(scene, flows)
        return len(scene.stage.entries()) > seen + 3

    scene.until(reached, 60)
