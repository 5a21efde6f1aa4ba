"""Tasks that fail when they are told to."""

from selinon import FatalTaskError, SelinonTask


class Fragile(SelinonTask):
    """Fail when the arguments say so."""

    def run(self, node_args):
        """Raise an error if the task is among those that are to fail."""
        if self.task_name in node_args["fail"]:
            raise FatalTaskError("as told")


class Mend(SelinonTask):
    """Take the place of what failed."""

    def run(self, node_args):
        """Return the names of what failed."""
        return sorted(self.failed)
