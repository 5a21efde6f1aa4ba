"""Copies of plain data, for values that leave Selinon for the code of users."""

from __future__ import annotations

from typing import Any

__all__ = ["copied"]


def copied(value: Any) -> Any:
    """Return the value with all dicts and lists in it replaced by copies.

    Everything else is shared: JSON has no other containers, and an object of a user's class need not be copyable.
    """
    match value:
        case dict():
            return {key: copied(item) for key, item in value.items()}
        case list():
            return [copied(item) for item in value]
        case _:
            return value
