"""The flows that are run while something goes wrong, which together have every shape that a flow can have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tests.faults.scene import Scene

__all__ = ["LARGE", "SMALL", "TINY", "start_all"]

_FIXED: Final[tuple[tuple[str, Any], ...]] = (
    ("chain", None),
    ("diamond", None),
    ("outer", {"deep": True}),
    ("fallback", None),
    ("flaky", None),
    ("again", None),
    ("failing", None),
    ("background", None),
    ("first", {"items": 2}),
)

SMALL: Final = (
    *_FIXED,
    ("cycle", {"rounds": 8}),
    ("rounds", {"rounds": 2}),
    ("fan", {"items": 6}),
    ("fan_of_flows", {"items": 3}),
    ("descend", {"items": 3}),
)
"""Some hundred nodes."""

LARGE: Final = (
    *_FIXED,
    ("cycle", {"rounds": 70}),
    ("rounds", {"rounds": 5}),
    ("fan", {"items": 30}),
    ("fan_of_flows", {"items": 12}),
    ("descend", {"items": 6}),
)
"""More than three hundred nodes."""


TINY: Final = (
    ("diamond", None),
    ("outer", {"deep": True}),
    ("again", None),
    ("rounds", {"rounds": 1}),
    ("fan", {"items": 4}),
)
"""Some dozens of nodes."""


def start_all(scene: Scene, flows: Sequence[tuple[str, Any]]) -> None:
    """Start all of them."""
    for flow, args in flows:
        scene.run(flow, args)
