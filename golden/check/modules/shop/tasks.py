"""Tasks of the shop."""


class Load:
    """Load."""


class Send:
    """Send."""


def parts(storage_pool, node_args):
    """Return parts."""
