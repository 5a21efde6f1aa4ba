"""Flows that cannot go on, and those that have to wait: each for a reason that can be read."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from tests.faults.figures import Figures
from tests.faults.judging import judge
from tests.faults.scene import Scene

__all__ = ["REFUSED", "cannot_go_on", "other_package", "storage_away"]

REFUSED: Final = {
    "wide": r"`wide` cannot go on: `single` would be given \d+ bytes, and selinon_max_args_size is 262144",
    "unwritable": r"`unwritable` cannot go on: what `single` would be given is no JSON: .*set",
    "too_wide": r"`too_wide` cannot go on: 2000 nodes would be active at once, and selinon_max_active_nodes is 1000",
    "leaving": r"in flow `leaving`, edge from \['A'\] to \['B'\], foreach tests.faults.tasks.leaving: SystemExit: 3",
    "raising": r"in flow `raising`, edge from \['A'\] to \['B'\], foreach tests.faults.tasks.raising: "
    r"LookupError: no items today",
    "refused": r"in flow `refused`, edge from \[\] to \['single'\], foreach .*: LookupError: no items today",
}
"""The reason with which each of these flows fails."""


def cannot_go_on(scene: Scene) -> Figures:
    """Run flows whose next step cannot be written, or whose code raises or leaves: they fail, others go on."""
    runs = {flow: scene.run(flow) for flow in REFUSED}
    for _ in range(2):
        scene.run("chain")
    scene.finish(30)
    for flow, reason in REFUSED.items():
        found = _reason(scene, runs[flow].id)
        assert re.search(reason, found), f"{flow} failed with {found!r}"
        scene.runs.remove(runs[flow])
    return Figures(flows=len(REFUSED) + 2, nodes=judge(scene))


def _reason(scene: Scene, run: str) -> str:
    view = scene.view(run)
    assert view is not None
    assert view.ended is not None
    failure: dict[str, Any] = json.loads(view.ended.failed or '{"reason": "it did not fail"}')
    return str(failure["reason"])


def storage_away(scene: Scene) -> Figures:
    """Let the storage be away that a condition reads: the step is repeated, with pauses, and nothing is half done."""
    (scene.stage.directory / "away").touch()
    run = scene.run("away", {"rounds": 1})
    scene.until(lambda: scene.stage.lines("refused"))
    first = scene.until(lambda: len(scene.stage.lines("refused")) > 1)
    assert first > 1.5, f"the first pause was {first:.1f} s; the flow's retry_countdown is 2"
    view = scene.view(run.id)
    assert view is not None
    assert (view.status, view.archive, view.waiting) == ("open", (), 1)
    assert "the storage is away" in view.parked
    (scene.stage.directory / "away").unlink()
    scene.finish(30)
    return Figures(flows=1, nodes=judge(scene), note=f"first pause {first:.1f} s")


def other_package() -> Figures:
    """Run a worker whose package has another graph: runs wait untouched until one comes that has theirs."""
    with Scene() as scene:
        other = scene.work(module="tests.faults.other_package")
        scene.until(lambda: "ready" in other.log.read_text())
        changed = scene.run("chain")
        gone = scene.run("diamond")
        scene.until(lambda: all(_parked(scene, run.id) for run in (changed, gone)))
        assert not scene.stage.entries(), "a worker with another package ran nothing"
        log = other.log.read_text()
        assert "graph of flow `chain`" in log
        assert "has no flow `diamond`" in log
        other.stop()
        scene.work()
        took = scene.finish(90)
        return Figures(flows=2, nodes=judge(scene), note=f"went on within {took:.1f} s")


def _parked(scene: Scene, run: str) -> bool:
    view = scene.view(run)
    return view is not None and bool(view.parked)
