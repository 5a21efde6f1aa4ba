"""What holds for all flows and tasks."""

from selinon.abi import Reference, SettingsSpec, TraceSpec

SETTINGS = SettingsSpec(
    default_task_queue="tasks",
    default_dispatcher_queue="dispatcher_{DEPLOYMENT}",
    migration_dir="migrations",
    trace=(TraceSpec(kind="function", function=Reference("tasks", "note")),),
)
