"""What storages need of a configuration."""

from __future__ import annotations

from typing import Protocol

from selinon.abi import StorageSpec, TaskSpec
from selinon.trace.tracer import Tracer

__all__ = ["Deployment"]


class Deployment(Protocol):
    """What storages need to know of the configuration in use."""

    @property
    def tracer(self) -> Tracer:
        """Where trace events go."""

    def task(self, name: str) -> TaskSpec:
        """Return a task; raises `UnknownError`."""

    def storage(self, name: str) -> StorageSpec:
        """Return a storage; raises `UnknownStorageError`."""
