"""The application with another package: one flow has another graph, and one is gone."""

from __future__ import annotations

from tests.faults.sabotaged import app

from selinon import Config

__all__ = ["app"]

_TASKS = [
    {"name": name, "import": "tests.faults.tasks", "classname": "Sum"}
    for name in ("A", "B", "C", "D", "E", "F", "Last")
]

Config.set_config_dict(
    {
        "tasks": _TASKS,
        "flows": ["chain"],
        "global": {"default_task_queue": "tasks", "default_dispatcher_queue": "flows"},
    },
    {
        "flow-definitions": [
            {
                "name": "chain",
                "edges": [{"from": None, "to": "A"}, {"from": "A", "to": ["B", "C", "D", "E"]}],
            }
        ]
    },
)
