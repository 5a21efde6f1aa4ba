"""All exceptions that Selinon raises for its users to see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = [
    "CacheMissError",
    "ConfigNotInitializedError",
    "ConfigurationError",
    "FatalTaskError",
    "FlowError",
    "MissingRecordError",
    "NoParentNodeError",
    "RequestError",
    "Retry",
    "SelectiveNoPathError",
    "SelinonError",
    "SelinonMissingDataException",
    "StorageError",
    "StoreError",
    "UnknownError",
    "UnknownFlowError",
    "UnknownStorageError",
]


class SelinonError(Exception):
    """Root of all exceptions in this module."""


class ConfigurationError(SelinonError):
    """The configuration cannot be used: a file, a key, a value or an environment reference is wrong."""


class ConfigNotInitializedError(ConfigurationError):
    """Something needs the configuration, and none was loaded in this process."""


class UnknownError(SelinonError):
    """A name is used which the configuration does not have."""


class UnknownFlowError(UnknownError):
    """A flow is asked for which the configuration does not have."""


class UnknownStorageError(UnknownError):
    """A storage is asked for which the configuration does not have, or a task has none."""


class SelectiveNoPathError(SelinonError):
    """A selective run wants a task that no path of edges leads to."""


class RequestError(SelinonError):
    """A task asks for something that its parents cannot give, such as the exception of a node that succeeded."""


class NoParentNodeError(RequestError):
    """A task asks for a parent it does not have."""


class StorageError(SelinonError):
    """A storage could not be reached or read; the adapter's own exception is the cause."""


class StoreError(SelinonError):
    """The state store, which is the record of all runs, cannot be reached or refuses to work."""


class MissingRecordError(StorageError, FileNotFoundError):
    """A storage has no record of the task that was asked for; also a `FileNotFoundError`, as adapters raise it."""


class SelinonMissingDataException(StorageError):
    """A record is to be deleted that the storage does not have."""


class CacheMissError(SelinonError):
    """A cache does not hold the item that was asked for."""


class FatalTaskError(SelinonError):
    """Raised by a task to fail at once, whatever its `max_retry` says."""


class Retry(SelinonError):
    """Raised by a task to be run again later; such a run does not count against its `max_retry`.

    `countdown` is the least number of seconds until then. `None` is taken for 0.
    """

    def __init__(self, countdown: float | None = 0) -> None:
        seconds = 0 if countdown is None else countdown
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"countdown has to be a number of seconds from 0, not {countdown!r}")
        # The number is the only argument, so that a pickled copy is built from it again.
        super().__init__(seconds)
        self.countdown: float = seconds


class FlowError(SelinonError):
    """A flow failed.

    The only argument is the JSON text of the state in which it did, `{"finished_nodes": {name: [id, ...]},
    "failed_nodes": {name: [id, ...]}, "active_nodes": [{"name": ..., "id": ...}, ...]}`. A result backend which keeps
    exceptions as class and arguments therefore gives back an equal error, and `state` reads it.
    """

    def __init__(self, state: Mapping[str, Any] | str | None = None) -> None:
        text = state if isinstance(state, str) else json.dumps(_complete(state or {}), default=str)
        super().__init__(text)

    @property
    def state(self) -> dict[str, Any]:
        """The state as a mapping; its parts are empty when the text does not hold a state."""
        value: object = self.args[0]
        # Some result backends encode the argument once more, which makes it text within text.
        while isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                return _complete({})
        return _complete(value if isinstance(value, Mapping) else {})


def _complete(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state with the three parts every state has."""
    empty: dict[str, Any] = {"finished_nodes": {}, "failed_nodes": {}, "active_nodes": []}
    return empty | dict(state)
