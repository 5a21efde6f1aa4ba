"""Whether the tests would notice: each of what makes runs reliable is taken away in turn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from tests.faults.figures import Figures
from tests.faults.judging import violations
from tests.faults.scene import Scene
from tests.faults.suite import SMALL, TINY

__all__ = ["MUTANTS", "notices"]

Flows = tuple[tuple[str, Any], ...]

MUTANTS: Final[Mapping[str, tuple[str, float, dict[str, Any], Flows]]] = {
    "claim": (r"was entered \d+ times", 10, {"copies": 3, "pause": 0.05}, TINY),
    "revision": ("has not ended|should not be|instead of", 20, {"pause": 0.02}, SMALL),
    "net": ("has not ended", 20, {"drop": 5}, TINY),
}
"""By what is taken away: what must be noticed, after how many seconds, what goes wrong, and with which flows."""


def notices(mutation: str) -> Figures:
    """Run flows on a system without one of its safeguards; raise AssertionError if that is not noticed."""
    sign, patience, plan, flows = MUTANTS[mutation]
    with Scene(mutation=mutation, settings={"selinon_max_lost": 1000}) as scene:
        scene.work_at_once()
        scene.plan(**plan)
        for flow, args in flows:
            scene.run(flow, args)
        found = []
        try:
            scene.finish(patience)
        except AssertionError as error:
            found.append(str(error))
        found += violations(scene, patience=0)
        assert re.search(sign, "\n".join(found)), f"without {mutation} there is only: {found}"
        kills = scene.stage.kills().total()
        return Figures(kills=kills, flows=len(flows), note=f"{len(found)} violations")
