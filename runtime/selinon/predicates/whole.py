"""Predicates on a task's result as a whole, the `message`, and on a flow's arguments as a whole, `node_args`."""

from __future__ import annotations

from typing import Any

from selinon.predicates.totality import total

__all__ = [
    "argsEmpty",
    "argsIsBool",
    "argsIsDict",
    "argsIsFloat",
    "argsIsInt",
    "argsIsList",
    "argsIsNone",
    "argsIsStr",
    "empty",
    "isBool",
    "isDict",
    "isFloat",
    "isInt",
    "isList",
    "isNone",
    "isStr",
]


@total
def isNone(message: Any) -> bool:
    """Hold if the result is null."""
    return message is None


@total
def isInt(message: Any) -> bool:
    """Hold if the result is an integer; a boolean counts as one."""
    return isinstance(message, int)


@total
def isFloat(message: Any) -> bool:
    """Hold if the result is a float; an integer does not count as one."""
    return isinstance(message, float)


@total
def isStr(message: Any) -> bool:
    """Hold if the result is a text."""
    return isinstance(message, str)


@total
def isBool(message: Any) -> bool:
    """Hold if the result is a boolean."""
    return isinstance(message, bool)


@total
def isList(message: Any) -> bool:
    """Hold if the result is a list."""
    return isinstance(message, list)


@total
def isDict(message: Any) -> bool:
    """Hold if the result is a mapping."""
    return isinstance(message, dict)


@total
def empty(message: Any) -> bool:
    """Hold if there is nothing in the result: it is null, or empty, or another value that counts as false."""
    return not message


def argsIsNone(node_args: Any) -> bool:
    """Hold if the arguments are null."""
    return isNone(node_args)


def argsIsInt(node_args: Any) -> bool:
    """Hold if the arguments are an integer; a boolean counts as one."""
    return isInt(node_args)


def argsIsFloat(node_args: Any) -> bool:
    """Hold if the arguments are a float; an integer does not count as one."""
    return isFloat(node_args)


def argsIsStr(node_args: Any) -> bool:
    """Hold if the arguments are a text."""
    return isStr(node_args)


def argsIsBool(node_args: Any) -> bool:
    """Hold if the arguments are a boolean."""
    return isBool(node_args)


def argsIsList(node_args: Any) -> bool:
    """Hold if the arguments are a list."""
    return isList(node_args)


def argsIsDict(node_args: Any) -> bool:
    """Hold if the arguments are a mapping."""
    return isDict(node_args)


def argsEmpty(node_args: Any) -> bool:
    """Hold if there is nothing in the arguments: they are null, or empty, or another value that counts as false."""
    return empty(node_args)
