"""The base class of storages, under the name of the first version."""

from __future__ import annotations

from selinon.errors import SelinonMissingDataException
from selinon.storages.adapter import DataStorage

__all__ = ["DataStorage", "SelinonMissingDataException"]
