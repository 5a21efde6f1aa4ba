"""Processes end at points, and at any time."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any, Final

from tests.faults.figures import Figures
from tests.faults.judging import judge
from tests.faults.scene import Scene
from tests.faults.suite import start_all

__all__ = ["POINTS", "kill_at_points", "kill_groups"]

POINTS: Final = (
    # around a task: received, claimed, in the code, before and after its result is stored, and so on to the end
    *("received", "claimed", "entered", "storing", "stored", "ran", "again", "completed"),
    # around a decision: read, asked, decided, written, messages sent one by one, all of them, and noted as sent
    *("read", "asked", "decided", "committed", "sending", "published", "sent", "hinted"),
    # around runs: one is about to be recorded, is recorded, has ended, was told of; and the end of a message
    *("flow", "begun", "ended", "told", "finished"),
)

_NO_POISON: Final = {"selinon_max_lost": 1000}
"""A task that is killed by a test is not what kills its process."""


def kill_at_points(
    flows: Sequence[tuple[str, Any]],
    times: Sequence[int],
    *,
    inline: bool = True,
    main: bool = False,
    rabbitmq: bool = False,
    patience: float = 120,
) -> Figures:
    """Kill the process that reaches a point, for each of the points, at these of its occurrences.

    With `main`, also main processes of workers, where the safety net is.
    """
    settings = {**_NO_POISON, "selinon_inline": inline}
    with Scene(settings=settings, rabbitmq=rabbitmq) as scene:
        if inline:
            scene.work()
        else:
            scene.work(queues=["flows"], concurrency=2)
            scene.work(queues=["tasks"], concurrency=2)
        scene.plan(kill={point: tuple(times) for point in POINTS}, main=main)
        start_all(scene, flows)
        scene.finish(patience)
        nodes = judge(scene)
        kills = scene.stage.kills()
        never = set(POINTS) - kills.keys() - _unreached(inline)
        assert not never, f"no process was killed at {sorted(never)}"
        return Figures(kills=sum(kills.values()), flows=len(flows), nodes=nodes)


def _unreached(inline: bool) -> set[str]:
    """Return the points that need not come up: hints to decide are sent when another process is to."""
    return {"hinted"} if inline else set()


def kill_groups(
    flows: Sequence[tuple[str, Any]],
    kills: int,
    *,
    seed: int,
    apart: tuple[float, float] = (1.5, 3.0),
    patience: float = 120,
) -> Figures:
    """Kill one of two groups of workers at a time, all of its processes at once, and start it again."""
    chance = random.Random(seed)
    with Scene(settings=_NO_POISON) as scene:
        workers = [scene.work(), scene.work()]
        scene.plan(pause=0.02)
        start_all(scene, flows)
        done = 0
        while done < kills:
            time.sleep(chance.uniform(*apart))
            chance.choice(workers).kill()
            done += 1
            if all(scene.over(run) for run in scene.runs):
                start_all(scene, flows)
        scene.finish(patience)
        return Figures(kills=done, flows=len(scene.runs), nodes=judge(scene))
