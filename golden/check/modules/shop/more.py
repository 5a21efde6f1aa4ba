"""More tasks of the shop."""


class Starred:
    """A task."""
