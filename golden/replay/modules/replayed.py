"""The code of the users of all cases that are recorded: tasks that end as they are told, and functions for foreach."""

from __future__ import annotations

from collections import Counter

from selinon import SelinonTask

ENDINGS = {}
"""How the executions of a task end, by its name, one after the other: `fail`, or with a result; then with 0."""

EXECUTIONS = Counter()
"""How often tasks were executed, by name."""


class Task(SelinonTask):
    """The class of all tasks."""

    def run(self, node_args):
        """End as was told."""
        number = EXECUTIONS[self.task_name]
        EXECUTIONS[self.task_name] += 1
        ending = ENDINGS.get(self.task_name, [])[number : number + 1]
        if ending == ["fail"]:
            raise ValueError(f"execution {number + 1} of {self.task_name} fails")
        return ending[0] if ending else 0


def items(pool, node_args):
    """Return three items."""
    return [{"item": number} for number in range(3)]


def raising(pool, node_args):
    """Fail."""
    raise RuntimeError("no items today")


def reused(flow_name, node_name, node_args, task_names, pool):
    """Return an earlier result of one task, and have the others run."""
    return "earlier" if node_name == "Load" else None
