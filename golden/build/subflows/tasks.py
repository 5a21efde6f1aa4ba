"""Tasks that tell which arguments and which parents they got."""

from selinon import SelinonTask


class Compile(SelinonTask):
    """Compile."""

    def run(self, node_args):
        """Return a text with the arguments."""
        return f"compiled {node_args}"


class Pack(SelinonTask):
    """Pack."""

    def run(self, node_args):
        """Return a text with the arguments."""
        return f"packed {node_args}"


class Check(SelinonTask):
    """The first task of a flow that gets the parents of the flow."""

    def run(self, node_args):
        """Return what the nested flows before it found."""
        return [
            self.parent_flow_result("build", "Compile"),
            self.parent_flow_result(["build", "pack"], "Pack"),
        ]


class Announce(SelinonTask):
    """A task beside that flow."""

    def run(self, node_args):
        """Return the names of the parents."""
        return sorted(self.parent)


class Close(SelinonTask):
    """A task that waits for both flows."""

    def run(self, node_args):
        """Return what they found; the tasks of one of them are shown in one mapping."""
        return [
            sorted(self.parent["build"]),
            sorted(self.parent["deep"]),
            self.parent_flow_result("deep", "Pack"),
        ]


class Seed(SelinonTask):
    """The task whose result becomes the arguments."""

    def run(self, node_args):
        """Return something else than the arguments."""
        return {"seed": node_args}


class Use(SelinonTask):
    """A task after it."""

    def run(self, node_args):
        """Return the arguments."""
        return node_args
