"""The base class of caches, under the name of the first version."""

from __future__ import annotations

from selinon.caches import Cache

__all__ = ["Cache"]
