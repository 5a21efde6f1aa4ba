"""What holds for all flows and tasks."""

from selinon.abi import Reference, SettingsSpec, TraceSpec

SETTINGS = SettingsSpec(
    default_task_queue="'''",
    trace=(TraceSpec(kind="function", function=Reference("tasks", "note")),),
)
