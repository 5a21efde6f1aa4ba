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
