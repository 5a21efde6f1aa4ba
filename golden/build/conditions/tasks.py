"""Tasks whose results conditions look at."""

from selinon import SelinonTask


class Look(SelinonTask):
    """Look at the arguments."""

    def run(self, node_args):
        """Return size and labels."""
        return {"size": node_args["size"], "label": node_args.get("label", ["none"])}


class Measure(SelinonTask):
    """Measure the arguments."""

    def run(self, node_args):
        """Return a number."""
        return len(node_args)


class Step(SelinonTask):
    """One of the ways to go on."""

    def run(self, node_args):
        """Do nothing."""
