"""Tasks whose results are checked."""

from selinon import SelinonTask


class Weigh(SelinonTask):
    """Weigh a parcel."""

    def run(self, node_args):
        """Return what the arguments say."""
        return {"grams": node_args}


class Label(SelinonTask):
    """Print a label; the second attempt is right."""

    attempts = 0

    def run(self, node_args):
        """Return a number at first, a text then."""
        Label.attempts += 1
        return 1 if Label.attempts == 1 else "parcel –é"
