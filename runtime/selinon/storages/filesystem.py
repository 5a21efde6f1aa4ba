"""A storage of JSON files in a directory."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

from selinon.errors import SelinonMissingDataException
from selinon.storages.adapter import DataStorage
from selinon.storages.environment import expanded

__all__ = ["Filesystem"]


class Filesystem(DataStorage):
    """Keeps each result in a file of its own, `<path>/<flow>/<task>/<id>.json`.

    `path` may refer to environment variables as `{NAME}`; without it the directory is `{PWD}`. A file appears at
    once and complete, so readers and writers do not disturb each other.

    Raises:
        ConfigurationError: an environment reference in `path` cannot be replaced.
    """

    thread_safe = True

    def __init__(self, path: str | None = None) -> None:
        self.path = Path(expanded("path", path) if path else os.environ.get("PWD") or os.getcwd())

    def is_connected(self) -> bool:
        """Return whether the directory is there."""
        return self.path.is_dir()

    def connect(self) -> None:
        """Create the directory."""
        self.path.mkdir(parents=True, exist_ok=True)

    def disconnect(self) -> None:
        """Do nothing."""

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        """Return the result of a task; raises `FileNotFoundError` if there is none."""
        return json.loads(self._file(flow_name, task_name, task_id).read_text(encoding="utf-8"))

    def store(
        self, node_args: Any, flow_name: str, task_name: str, task_id: str, result: Any
    ) -> str:
        """Keep the result of a task, in place of an earlier one of the same id; return the path of the file.

        Raises:
            TypeError: the result cannot be expressed in JSON.
        """
        file = self._file(flow_name, task_name, task_id)
        text = json.dumps(result)
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_at_once(file, text)
        return str(file)

    def delete(self, flow_name: str, task_name: str, task_id: str) -> None:
        """Delete the result of a task; raises `SelinonMissingDataException` if there is none."""
        file = self._file(flow_name, task_name, task_id)
        try:
            file.unlink()
        except FileNotFoundError:
            raise SelinonMissingDataException(f"no file {str(file)!r}") from None

    def _file(self, flow_name: str, task_name: str, task_id: str) -> Path:
        """Return the file of a result; raises `ValueError` for names that would lead elsewhere."""
        for name in (flow_name, task_name, task_id):
            if name in ("", ".", "..") or any(character in name for character in "/\\\0"):
                raise ValueError(f"{name!r} cannot be part of a path within {str(self.path)!r}")
        return self.path / flow_name / task_name / f"{task_id}.json"


def _write_at_once(file: Path, text: str) -> None:
    """Write a file beside its place, and move it there when it is safely on the disk."""
    temporary = file.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("x", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
