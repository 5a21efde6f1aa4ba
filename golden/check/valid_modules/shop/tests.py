"""Predicates."""

import functools

from selinon.predicates import *


def isOpen(**arguments):
    """Take anything."""
    return True


@functools.cache
def wrapped(message):
    """Hide its parameters."""
    return True


partly = functools.partial(isOpen, a=1)
