"""The ways in which Celery runs tasks: processes, threads, green threads, or the main process itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tests.faults.figures import Figures
from tests.faults.judging import judge
from tests.faults.kills import POINTS
from tests.faults.scene import Scene
from tests.faults.suite import start_all

__all__ = ["CONCURRENCY", "run_in"]

CONCURRENCY: Final = {"prefork": 2, "threads": 4, "gevent": 20, "solo": 1}


def run_in(
    pool: str, flows: Sequence[tuple[str, Any]], times: Sequence[int] = (), *, patience: float = 120
) -> Figures:
    """Run flows on workers of a pool, which are killed at points; in most pools that ends all that they run."""
    with Scene(settings={"selinon_max_lost": 1000}) as scene:
        scene.work(pool=pool, concurrency=CONCURRENCY[pool])
        chosen = POINTS[::4] if times else ()
        scene.plan(kill={point: tuple(times) for point in chosen}, main=True, copies=2)
        start_all(scene, flows)
        scene.finish(patience)
        kills = scene.stage.kills().total()
        return Figures(kills=kills, flows=len(flows), nodes=judge(scene))
