"""Tasks whose results conditions look at."""

from selinon import SelinonTask


class Number(SelinonTask):
    """Count the parents."""

    def run(self, node_args):
        """Return 0 for the first instance, 1 for the next."""
        return len(self.parent)


class Half(SelinonTask):
    """Return a number that is handed on."""

    def run(self, node_args):
        """Return half of what is wanted."""
        return 21


class Double(SelinonTask):
    """Double the arguments."""

    def run(self, node_args):
        """Return twice what came from the edge."""
        return node_args * 2


class Named(SelinonTask):
    """Return a name."""

    def run(self, node_args):
        """Return the name of the task."""
        return self.task_name
