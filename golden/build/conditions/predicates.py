"""The predicates of the case: the built-in ones, and some more."""

import functools

from selinon.predicates import *


def counted(predicate):
    """Return the predicate, counting its calls."""

    @functools.wraps(predicate)
    def call(**arguments):
        call.times += 1
        return predicate(**arguments)

    call.times = 0
    return call


@counted
def isOdd(message, key):
    """Return whether a field is odd."""
    return message[key] % 2 == 1


@counted
def isAsked(node_args):
    """Return whether the arguments ask for it; the result of the task is not looked at."""
    return bool(node_args.get("ask"))


def between(message, low, *, high=100):
    """Return whether a result lies between two bounds."""
    return low <= message <= high
