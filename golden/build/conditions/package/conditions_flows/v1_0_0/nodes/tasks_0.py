"""Tasks, by name."""

from selinon.abi import Reference, TaskSpec

TASKS: dict[str, TaskSpec] = {
    "Always": TaskSpec(name="Always", task=Reference("tasks", "Step")),
    "Asked": TaskSpec(name="Asked", task=Reference("tasks", "Step")),
    "Both": TaskSpec(name="Both", task=Reference("tasks", "Step")),
    "Large": TaskSpec(name="Large", task=Reference("tasks", "Step")),
    "Look": TaskSpec(name="Look", task=Reference("tasks", "Look"), storage="Memory"),
    "Measure": TaskSpec(
        name="Measure",
        task=Reference("tasks", "Measure"),
        storage="Memory",
    ),
    "Odd": TaskSpec(name="Odd", task=Reference("tasks", "Step")),
    "Small": TaskSpec(name="Small", task=Reference("tasks", "Step")),
}
