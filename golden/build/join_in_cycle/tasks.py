"""Rounds: every round is numbered by its first task."""

from selinon import SelinonTask


class Begin(SelinonTask):
    """Begin a round."""

    def run(self, node_args):
        """Return the number of the round."""
        before = self.parent_task_result("Join")["round"] if "Join" in self.parent else 0
        return before + 1


class Left(SelinonTask):
    """One branch."""

    def run(self, node_args):
        """Return the round."""
        return {"kind": "left", "round": self.parent_task_result("Begin")}


class Right(SelinonTask):
    """The other branch."""

    def run(self, node_args):
        """Return the round."""
        return {"kind": "right", "round": self.parent_task_result("Begin")}


class Join(SelinonTask):
    """Join two branches."""

    def run(self, node_args):
        """Return the later of their rounds."""
        left, right = self.parent_task_result("Left"), self.parent_task_result("Right")
        return {"round": max(left["round"], right["round"])}


class End(SelinonTask):
    """End the rounds."""

    def run(self, node_args):
        """Return the number of rounds."""
        return self.parent_task_result("Join")["round"]
