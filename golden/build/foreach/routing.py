"""How often to start what."""


def items(storage_pool, node_args):
    """Return the items that the task listed."""
    return storage_pool.get("List")
