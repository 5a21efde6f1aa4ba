"""Tasks that return their names, fail when told to, and tell what failed."""

from selinon import SelinonTask


class Load(SelinonTask):
    """Return a name, or fail."""

    def run(self, node_args):
        """Return the name of the task."""
        if node_args == "fail":
            raise ValueError("told to fail")
        return self.task_name


class Store(Load):
    """Return another name."""


class Mend(SelinonTask):
    """Tell what failed."""

    def run(self, node_args):
        """Return the names of the failed nodes, and of what failed in them."""
        return {name: sorted(inside) for name, inside in self.failed.items()}
