"""What the configurations of `golden/check` refer to; it is read when they are checked, and never run."""

from selinon import SelinonTask


class Load(SelinonTask):
    """Load."""

    def run(self, node_args):
        """Return something."""
        return node_args


class Send(Load):
    """Send."""


class Clean(Load):
    """Clean."""


def parts(storage_pool, node_args):
    """Return what an edge is to be taken for."""
    return []


class Drawer:
    """A storage."""


raise SystemExit("this module was run")
