"""Storages of the application of the fault tests: files, with points at which a process can be interrupted."""

from __future__ import annotations

from typing import Any

from tests.faults.stage import staged

from selinon.storages.filesystem import Filesystem
from selinon.worker.faults import reach


class Results(Filesystem):
    """Keeps results in files."""

    def store(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, result: Any
    ) -> str:
        reach("storing")
        path = super().store(node_args, flow_name, task_name, task_id, result)
        reach("stored")
        return path


class Shaky(Filesystem):
    """Keeps results in files that cannot be read for as long as there is a mark called `away`."""

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        if (staged().directory / "away").exists():
            staged().note("refused", task_id)
            raise ConnectionError("the storage is away")
        return super().retrieve(flow_name, task_name, task_id)
