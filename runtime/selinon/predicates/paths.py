"""How a predicate finds the field it is about."""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["Key", "field", "resolves"]

Key: TypeAlias = str | int | float | bool | list[Any] | tuple[Any, ...] | None
"""One step into a value, or a list of steps."""


def field(value: Any, key: Key) -> Any:
    """Return what the key leads to within the value; an empty list of steps leads to the value itself.

    Raises:
        Exception: whatever the index operation raises that fails.
    """
    for step in key if isinstance(key, (list, tuple)) else (key,):
        value = value[step]
    return value


def resolves(value: Any, key: Key) -> bool:
    """Return true; raises as `field` does when the key leads nowhere."""
    field(value, key)
    return True
