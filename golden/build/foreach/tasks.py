"""Tasks around lists."""

from selinon import SelinonTask


class List(SelinonTask):
    """List the items."""

    def run(self, node_args):
        """Return them."""
        return node_args["items"]


class Item(SelinonTask):
    """Work on one item, the argument of the flow."""

    def run(self, node_args):
        """Return its square."""
        return node_args * node_args


class Tick(SelinonTask):
    """Be counted."""

    def run(self, node_args):
        """Do nothing."""


class Sum(SelinonTask):
    """Add up, once per run of the sub-flow."""

    def run(self, node_args):
        """Return the number of items plus the square of one."""
        return len(self.parent_task_result("List")) + self.parent_flow_result("single", "Item")
