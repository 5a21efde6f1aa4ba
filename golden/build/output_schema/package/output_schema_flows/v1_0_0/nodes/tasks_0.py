"""Tasks, by name."""

from selinon.abi import Reference, TaskSpec

TASKS: dict[str, TaskSpec] = {
    "Label": TaskSpec(
        name="Label",
        task=Reference("tasks", "Label"),
        max_retry=1,
        output_schema="Label-8496cc51.json",
    ),
    "Weigh": TaskSpec(
        name="Weigh",
        task=Reference("tasks", "Weigh"),
        output_schema="Weigh-51c25087.json",
    ),
}
