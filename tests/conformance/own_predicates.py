"""Predicates of an application: the built-in ones, and some that fail."""

from __future__ import annotations

from typing import Any

from selinon.predicates import *  # noqa: F403  what such modules do


def raising(message: Any) -> bool:
    """Fail."""
    raise RuntimeError("a predicate fails")


def argsRaising(node_args: Any) -> bool:
    """Fail."""
    raise RuntimeError("a predicate fails")


def shallow(message: Any, most: int = 2) -> bool:
    """Return whether there are few tasks before this one."""
    return bool(message["depth"] <= most)
