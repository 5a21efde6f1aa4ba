"""Tasks that return their names."""

from selinon import SelinonTask


class Load(SelinonTask):
    """Return a name."""

    def run(self, node_args):
        """Return the name of the task."""
        return self.task_name


class Store(Load):
    """Return another name."""


class Mend(Load):
    """Return a third name."""
