"""Tasks, by name."""

from selinon.abi import Reference, TaskSpec

TASKS: dict[str, TaskSpec] = {
    "Item": TaskSpec(name="Item", task=Reference("tasks", "Item"), storage="Memory"),
    "List": TaskSpec(name="List", task=Reference("tasks", "List"), storage="Memory"),
    "Sum": TaskSpec(name="Sum", task=Reference("tasks", "Sum")),
    "Tick": TaskSpec(name="Tick", task=Reference("tasks", "Tick")),
    "Twice": TaskSpec(name="Twice", task=Reference("tasks", "Tick")),
}
