"""Predicates that do not bring along the built-in ones."""

import functools

LIMIT = 10


def isLarge(message, limit, least=0, *, unit="g"):
    """Return whether a result is large."""
    return message > limit


def isOpen(**arguments):
    """Take anything."""
    return True


@functools.cache
def hidden(message, key):
    """Hide its parameters from a reader."""
    return True


raise SystemExit("this module was run")
