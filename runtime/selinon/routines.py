"""Functions that a configuration gets when it does not name its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selinon.storages.pool import StoragePool

__all__ = ["always_run"]


def always_run(
    flow_name: str,
    node_name: str,
    node_args: Any,
    task_names: Sequence[str],
    storage_pool: StoragePool,
) -> None:
    """Decide, in a selective run, that a task is run anew: no earlier result is reused.

    This is the selective run function of every task that has no other one. Such a function returns `None` to have
    the task run, or the id of an earlier run whose result takes its place.

    Args:
        flow_name: flow that is about to start the task.
        node_name: name of the task.
        node_args: arguments of the flow.
        task_names: tasks that the selective run was asked for.
        storage_pool: results of the task's parents.
    """
