"""Tasks, by name."""

from selinon.abi import Reference, TaskSpec

TASKS: dict[str, TaskSpec] = {
    "Begin": TaskSpec(name="Begin", task=Reference("tasks", "Begin"), storage="Memory"),
    "End": TaskSpec(name="End", task=Reference("tasks", "End"), storage="Memory"),
    "Join": TaskSpec(name="Join", task=Reference("tasks", "Join"), storage="Memory"),
    "Left": TaskSpec(name="Left", task=Reference("tasks", "Left"), storage="Memory"),
    "Right": TaskSpec(name="Right", task=Reference("tasks", "Right"), storage="Memory"),
}
