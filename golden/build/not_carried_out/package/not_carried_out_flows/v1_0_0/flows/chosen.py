"""Flow chosen."""

from selinon.abi import EdgeSpec, FlowSpec, SelectiveSpec

FLOW = FlowSpec(
    name="chosen",
    fingerprint="d06956332ddd5dca768c62cef841544da35fe75ea4967255390731c7dbca93d4",
    edges=(
        EdgeSpec(
            key="c9ff0e2f5289",
            sources=(),
            destinations=("daily",),
            selective=SelectiveSpec(tasks=("Load",)),
        ),
        EdgeSpec(
            key="ce2dd1cf4aac",
            sources=("daily",),
            destinations=("mending",),
            selective=SelectiveSpec(
                tasks=("Mend",),
                run_subsequent=("mending",),
                follow_subflows=True,
            ),
        ),
    ),
    subflows=("daily", "mending"),
)
