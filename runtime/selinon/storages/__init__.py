"""Storages: where results of tasks are kept.

An adapter is a class derived from `DataStorage`; the modules beside it hold one built-in adapter each. A process has
one instance of each configured storage, which `StoragePool` hands out.
"""

from __future__ import annotations

from selinon.storages.adapter import DataStorage

__all__ = ["DataStorage"]
