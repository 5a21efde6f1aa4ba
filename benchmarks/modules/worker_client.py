"""Start flows and canvases on a worker, and wait for each: requests as lines of JSON in, seconds as lines out.

A request is `["flow", name, arguments]`, `["chain", length]`, `["chord", width]` (one task, then so many, then one) or
`["group", width]`.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from celery import chain, chord, group
from worker_app import app, step  # type: ignore[import-not-found]  # beside this file

from selinon import run_flow

PATIENCE = 600


def start(kind: str, *values: Any) -> Any:
    """Start something; return the handle of its result."""
    match kind:
        case "flow":
            return run_flow(*values)
        case "chain":
            return chain(*[step.si() for _ in range(values[0])])()
        case "chord":
            wide = chord([step.si() for _ in range(values[0])], step.si())
            return chain(step.si(), wide)()
        case "group":
            return group([step.si() for _ in range(values[0])])()
    raise ValueError(f"nothing is of kind {kind!r}")


def main() -> None:
    """Serve requests until there are no more."""
    with app.connection_for_write() as connection:
        connection.ensure_connection(timeout=10)
    for line in sys.stdin:
        began = time.perf_counter()
        start(*json.loads(line)).get(timeout=PATIENCE)
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main()
