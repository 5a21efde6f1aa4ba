"""Tasks, by name."""

from selinon.abi import Reference, TaskSpec

TASKS: dict[str, TaskSpec] = {
    "Announce": TaskSpec(name="Announce", task=Reference("tasks", "Announce")),
    "Check": TaskSpec(name="Check", task=Reference("tasks", "Check")),
    "Close": TaskSpec(name="Close", task=Reference("tasks", "Close")),
    "Compile": TaskSpec(
        name="Compile",
        task=Reference("tasks", "Compile"),
        storage="Memory",
    ),
    "Pack": TaskSpec(name="Pack", task=Reference("tasks", "Pack"), storage="Memory"),
    "Seed": TaskSpec(name="Seed", task=Reference("tasks", "Seed"), storage="Memory"),
    "Use": TaskSpec(name="Use", task=Reference("tasks", "Use")),
}
