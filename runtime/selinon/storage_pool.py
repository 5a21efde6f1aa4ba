"""Access to storages, under the name of the first version."""

from __future__ import annotations

from selinon.storages.pool import StoragePool

__all__ = ["StoragePool"]
