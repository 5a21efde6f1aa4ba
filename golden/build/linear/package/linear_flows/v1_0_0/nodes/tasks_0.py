"""Tasks, by name."""

from selinon.abi import CacheSpec, Reference, TaskSpec

TASKS: dict[str, TaskSpec] = {
    "Count": TaskSpec(
        name="Count",
        task=Reference("tasks", "CountLetters"),
        storage="Memory",
        storage_task_name="letters",
        cache=CacheSpec(
            cache=Reference("selinon.caches", "FIFO"),
            configuration={"max_cache_size": 5},
        ),
    ),
    "Fetch": TaskSpec(
        name="Fetch",
        task=Reference("tasks", "Fetch"),
        queue="fetch_{DEPLOYMENT}",
        max_retry=2,
        storage="Memory",
        throttling=0.02,
    ),
    "Report": TaskSpec(
        name="Report",
        task=Reference("tasks", "Report"),
        storage="Memory",
        storage_readonly=True,
        selective_run_function=Reference("selinon.routines", "always_run"),
    ),
}
