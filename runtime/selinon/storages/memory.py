"""A storage in the memory of the process."""

from __future__ import annotations

import json
import pprint
import sys
from typing import Any, Literal

from selinon.errors import SelinonMissingDataException
from selinon.plain import copied
from selinon.storages.adapter import DataStorage

__all__ = ["InMemoryStorage"]


class InMemoryStorage(DataStorage):
    """Keeps results as long as the process lives, for simulations and tests.

    With `echo` each record is also printed: `True` and `"stdout"` mean standard output, `"stderr"` standard error;
    with `json` as one line of JSON, else in Python's notation.

    Raises:
        ValueError: `echo` is something else, or `json` is given without it.
    """

    def __init__(
        self, echo: bool | Literal["stdout", "stderr"] = False, json: bool = False
    ) -> None:
        if echo not in (False, True, "stdout", "stderr"):
            raise ValueError(f"`echo` has to be a boolean, `stdout` or `stderr`, not {echo!r}")
        if json and not echo:
            raise ValueError("`json` says how records are printed, so it needs `echo`")
        self._echo = echo
        self._json = json
        self._results: dict[tuple[str, str], Any] = {}

    def is_connected(self) -> bool:
        """Return true: there is nothing to connect to."""
        return True

    def connect(self) -> None:
        """Do nothing."""

    def disconnect(self) -> None:
        """Do nothing; the results stay."""

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        """Return a copy of the result of a task; raises `FileNotFoundError` if there is none."""
        try:
            return copied(self._results[task_name, task_id])
        except KeyError:
            raise FileNotFoundError(f"no result of task {task_name!r}, id {task_id!r}") from None

    def store(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, result: Any
    ) -> str:
        """Keep the result of a task, in place of an earlier one of the same id; return the id."""
        self._results[task_name, task_id] = copied(result)
        if self._echo:
            self._print(
                {
                    "flow_name": flow_name,
                    "task_name": task_name,
                    "task_id": task_id,
                    "node_args": node_args,
                    "result": result,
                }
            )
        return task_id

    def delete(self, flow_name: str, task_name: str, task_id: str) -> None:
        """Delete the result of a task; raises `SelinonMissingDataException` if there is none."""
        try:
            del self._results[task_name, task_id]
        except KeyError:
            raise SelinonMissingDataException(
                f"no result of task {task_name!r}, id {task_id!r}"
            ) from None

    def _print(self, record: dict[str, Any]) -> None:
        """Print a record as configured."""
        stream = sys.stderr if self._echo == "stderr" else sys.stdout
        text = json.dumps(record, default=repr) if self._json else pprint.pformat(record)
        print(text, file=stream, flush=True)
