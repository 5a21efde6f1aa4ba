"""What the configuration refers to."""

from selinon.predicates import *


class Load: ...


class Check: ...


class Send: ...


class Undo: ...


class Adapter:
    """A storage."""

    def __init__(self, host, port=1): ...


class Keep:
    """A cache."""

    def __init__(self, size): ...


number = 42


def each(pool, node_args):
    """A function for foreach."""


def each_of(pool):
    """A function that takes too few arguments for foreach."""


def tell(event, details):
    """A trace function."""


def tell_all(event):
    """A function that takes too few arguments for a trace."""


def slowly(status, base, factor=2):
    """A strategy."""


def blindly(base):
    """A function that does not take the status of a flow."""


def reuse(flow_name, node_name, node_args, task_names, storage_pool):
    """A selective run function."""


def reuse_none(flow_name):
    """A function that takes too few arguments for a selective run."""


def is_late(node_args, limit, *, unit="h"):
    """A predicate."""


def is_small(message, limit=10):
    """A predicate."""


async def is_slow(node_args):
    """A coroutine function, which is true whatever it would return."""


def is_any(node_args):
    """A generator function, which is true whatever it would yield."""
    yield True
