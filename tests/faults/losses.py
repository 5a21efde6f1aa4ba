"""Processes that hang, that are told to end, or that a task ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from tests.faults.figures import Figures
from tests.faults.judging import judge
from tests.faults.scene import Scene
from tests.faults.stage import VARIABLE
from tests.faults.workers import ROOT

from selinon.store.protocol import PROCESS_LEASE

__all__ = ["hang", "poison", "publisher_killed", "real_leases", "warm_shutdown"]


def hang(scene: Scene, times: int) -> Figures:
    """Stop a process for longer than it is taken to be alive; what it comes to afterwards is too late."""
    for _ in range(times):
        run = scene.run("slow", {"seconds": 0.5})
        scene.until(lambda run=run: scene.entered(run, "Slow"))  # type: ignore[misc]  # as it is now
        [pid] = scene.entered(run, "Slow")
        os.kill(pid, signal.SIGSTOP)
        try:
            scene.finish(30, [run])
            assert len(scene.entered(run, "Slow")) == 2, "another process took over"
        finally:
            os.kill(pid, signal.SIGCONT)
    late = "changes nothing"
    log = scene.workers[0].log
    scene.until(lambda: log.read_text().count(late) == times)
    return Figures(kills=times, flows=times, nodes=judge(scene))


def warm_shutdown() -> Figures:
    """Tell a worker to end while it runs tasks: it finishes them, starts no others, and waits for nothing else."""
    with Scene() as scene:
        worker = scene.work(kept=False)
        runs = [scene.run("slow", {"seconds": 1.5}) for _ in range(2)]
        waiting = [scene.run("slow", {"seconds": 0}) for _ in range(4)]
        scene.until(lambda: all(scene.entered(run, "Slow") for run in runs))
        worker.tell(signal.SIGTERM)
        took = worker.wait(30)
        assert took < 6, f"it took {took:.1f} s to end"
        attempts = {entry.attempt for entry in scene.stage.entries()}
        assert attempts == {1}, "nothing was lost"
        scene.work()
        again = scene.finish(30)
        assert {entry.attempt for entry in scene.stage.entries()} == {1}
        nodes = judge(scene)
        note = f"ended in {took:.1f} s, the rest took {again:.1f} s"
        return Figures(flows=len(runs) + len(waiting), nodes=nodes, note=note)


def poison(scene: Scene) -> Figures:
    """Run a task that ends its process each time: it fails, with a reason, and other flows go on."""
    bad = scene.run("poison")
    others = [scene.run("chain") for _ in range(3)]
    scene.finish(30, others)
    scene.finish(30, [bad])
    assert len(scene.entered(bad, "Poison")) == 3
    view = scene.view(bad.id)
    assert view is not None
    assert view.ended is not None
    assert "the process that ran it was gone 3 times" in (view.ended.failed or "")
    scene.runs.remove(bad)  # no reference run: it would end this process
    return Figures(kills=3, flows=4, nodes=judge(scene))


_PUBLISH = """
from selinon import run_flow
from selinon.worker import faults
from tests.faults.sabotaged import app
print(run_flow({flow!r}), flush=True)
"""


def publisher_killed(scene: Scene, point: str) -> Figures:
    """Kill who starts a run once it is recorded: it begins nevertheless."""
    scene.plan(kill={point: (1,)}, main=True)
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", _PUBLISH.format(flow="chain")],
        cwd=ROOT,
        env={**os.environ, VARIABLE: str(scene.stage.directory), "PYTHONPATH": path},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    [run] = scene.store.open_runs()
    scene.adopt(run, "chain")
    scene.finish(30)
    return Figures(kills=1, flows=1, nodes=judge(scene))


def real_leases() -> Figures:
    """Measure with the periods of real runs: a child that is killed, then a whole group that does not come back."""
    with Scene(leases=None) as scene:
        first = scene.work()
        run = scene.run("slow", {"seconds": 1})
        scene.until(lambda: scene.entered(run, "Slow"))
        os.kill(scene.entered(run, "Slow")[0], signal.SIGKILL)
        child = scene.until(lambda: len(scene.entered(run, "Slow")) == 2, 60)
        scene.finish(60)
        run = scene.run("slow", {"seconds": 20})
        scene.until(lambda: scene.entered(run, "Slow"))
        time.sleep(12)  # its process has said once more that it is alive
        first.stop()
        began = time.monotonic()
        scene.work()
        scene.until(lambda: len(scene.entered(run, "Slow")) == 2, 90)
        group = time.monotonic() - began
        scene.finish(60)
        assert child < 10, f"a lost process was noticed after {child:.1f} s"
        assert group < PROCESS_LEASE + 10, f"a lost group was noticed after {group:.1f} s"
        note = f"a child was noticed after {child:.1f} s, a group after {group:.1f} s"
        return Figures(kills=2, flows=2, nodes=judge(scene), note=note)
