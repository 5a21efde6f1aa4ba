"""Cases written by hand: a folder each, with `nodes.yaml`, `flow.yaml` and `case.json`.

`case.json` holds what the case `says`, the `flow` to run, its `args`, the `table` of what becomes of tasks, the
`seeds` of the orders in which it is played, the `classes` of known differences that it shows (none for a case in
which both systems do the same), and the features that it `needs`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "cases"


@dataclass(frozen=True)
class Case:
    """A case."""

    name: str
    classes: tuple[str, ...]
    needs: frozenset[str]
    requests: tuple[dict[str, Any], ...]


def cases() -> Iterator[Case]:
    """Yield all cases, by name."""
    for folder in sorted(path.parent for path in FOLDER.glob("*/case.json")):
        told = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        request = {
            "nodes": (folder / "nodes.yaml").read_text(encoding="utf-8"),
            "flows": (folder / "flow.yaml").read_text(encoding="utf-8"),
            "directory": str(folder),
            "flow": told["flow"],
            "args": told["args"],
            "table": told["table"],
            "mended": [],
        }
        if "selective" in told:
            request["selective"] = told["selective"]
        requests = tuple({**request, "seed": seed} for seed in told["seeds"])
        yield Case(folder.name, tuple(told["classes"]), frozenset(told["needs"]), requests)
