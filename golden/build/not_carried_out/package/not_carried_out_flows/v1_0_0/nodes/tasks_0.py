"""Tasks, by name."""

from selinon.abi import Reference, TaskSpec

TASKS: dict[str, TaskSpec] = {
    "Load": TaskSpec(name="Load", task=Reference("tasks", "Load")),
    "Mend": TaskSpec(name="Mend", task=Reference("tasks", "Mend")),
    "Store": TaskSpec(name="Store", task=Reference("tasks", "Store")),
}
