"""Copies and texts of plain data, for values that leave Selinon for the code of users."""

from __future__ import annotations

from typing import Any

__all__ = ["copied", "shown"]


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


def shown(value: object) -> str:
    """Return a value in Python's notation; not every value of a user has one."""
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__} without a representation: {type(error).__name__}>"
