"""A module that makes its names when they are asked for."""


def __getattr__(name):
    """Make a task."""
