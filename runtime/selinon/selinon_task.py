"""The base class of tasks, under the name of the first version."""

from __future__ import annotations

from selinon.task import SelinonTask

__all__ = ["SelinonTask"]
