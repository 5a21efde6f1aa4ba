"""Names made in several ways."""

import dataclasses

Assigned = type("Assigned", (), {})


class Passed:
    """A task."""


@dataclasses.dataclass
class Decorated:
    """A task."""
