"""Tasks, by name."""

from selinon.abi import Reference, TaskSpec

TASKS: dict[str, TaskSpec] = {
    "After": TaskSpec(name="After", task=Reference("tasks", "Mend")),
    "First": TaskSpec(name="First", task=Reference("tasks", "Fragile"), max_retry=1),
    "Mend": TaskSpec(name="Mend", task=Reference("tasks", "Mend")),
    "MendBoth": TaskSpec(name="MendBoth", task=Reference("tasks", "Mend")),
    "MendLoudly": TaskSpec(name="MendLoudly", task=Reference("tasks", "Mend")),
    "Second": TaskSpec(name="Second", task=Reference("tasks", "Fragile")),
    "Watch": TaskSpec(name="Watch", task=Reference("tasks", "Fragile")),
}
