"""A module all of whose names are taken over."""


class Starred:
    """A task."""
