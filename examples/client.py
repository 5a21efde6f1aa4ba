"""Start flows of the example on Celery, and wait for them: `python client.py flow1 report`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import celery_app  # noqa: F401  # the configuration
from selinon import run_flow

ARGS = Path(__file__).resolve().parent / "args"


def start(name: str) -> Any:
    """Start a flow with the arguments that there are for it; return the handle of its result."""
    path = ARGS / f"{name}.json"
    return run_flow(name, json.loads(path.read_text(encoding="utf-8")))


def outcome(run: Any) -> str:
    """Wait for a run to end; return what finished in it."""
    finished = run.get(timeout=120)["finished_nodes"]
    counts = ", ".join(f"{name} ({len(ids)})" for name, ids in finished.items())
    return f"run {run} finished: {counts}"


if __name__ == "__main__":
    for started in [start(name) for name in sys.argv[1:]]:
        print(outcome(started))
