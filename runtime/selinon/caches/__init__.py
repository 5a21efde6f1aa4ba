"""Caches of results and states: the interface, and five that live in the memory of one process.

The built-in ones differ only in what they give up when they are full.
"""

from __future__ import annotations

from selinon.caches.bounded import FIFO, LIFO, LRU, MRU, RR
from selinon.caches.interface import Cache

__all__ = ["FIFO", "LIFO", "LRU", "MRU", "RR", "Cache"]
