"""Tasks, by name."""

from selinon.abi import Reference, TaskSpec

TASKS: dict[str, TaskSpec] = {
    "All": TaskSpec(name="All", task=Reference("tasks", "Named")),
    "Double": TaskSpec(name="Double", task=Reference("tasks", "Double")),
    "Half": TaskSpec(name="Half", task=Reference("tasks", "Half"), storage="Memory"),
    "Last": TaskSpec(name="Last", task=Reference("tasks", "Named")),
    "Never": TaskSpec(name="Never", task=Reference("tasks", "Named")),
    "Number": TaskSpec(
        name="Number",
        task=Reference("tasks", "Number"),
        storage="Memory",
    ),
    "Other": TaskSpec(
        name="Other",
        task=Reference("tasks", "Number"),
        storage="Memory",
    ),
}
