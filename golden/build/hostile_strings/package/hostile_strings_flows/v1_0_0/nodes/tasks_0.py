"""Tasks, by name."""

from selinon.abi import Reference, TaskSpec

TASKS: dict[str, TaskSpec] = {
    "FLOW": TaskSpec(name="FLOW", task=Reference("tasks", "Tell")),
    "Flow": TaskSpec(
        name="Flow",
        task=Reference("tasks", "Tell"),
        queue='"{{literal}}" \\n \' \xe9',
    ),
    "None": TaskSpec(name="None", task=Reference("tasks", "Tell")),
    "__init__": TaskSpec(name="__init__", task=Reference("tasks", "Tell")),
    "class": TaskSpec(name="class", task=Reference("tasks", "Tell")),
    "lambda": TaskSpec(
        name="lambda",
        task=Reference("tasks", "Tell"),
        storage='it\'s "odd" \\ {x} \u2013 \xe9',
    ),
}
