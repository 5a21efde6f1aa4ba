"""The groups of measurements, by name and in the order in which they are run.

A group is a module with a function that measures and reports. A further one is such a module and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from benchmarks.groups import (
    build,
    check,
    check_many,
    commands,
    engine,
    execute,
    load,
    workers,
)
from benchmarks.report import Report
from benchmarks.setting import Setting

__all__ = ["GROUPS"]

GROUPS: Final[dict[str, Callable[[Setting], Report]]] = {
    "commands": commands.measure,
    "check": check.measure,
    "build": build.measure,
    "load": load.measure,
    "engine": engine.measure,
    "execute": execute.measure,
    "workers": workers.measure,
    "check-many": check_many.measure,
}
"""What `python -m benchmarks` measures."""
