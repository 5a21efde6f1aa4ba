"""Flow reported."""

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec

FLOW = FlowSpec(
    name="reported",
    fingerprint="b577539a2bc6c3259dca11f8b8e63f064ac74b0fd17a21da54b97757f87a1a63",
    edges=(
        EdgeSpec(
            key="c9ff0e2f5289",
            sources=(),
            destinations=("daily",),
        ),
    ),
    failures=(
        FailureSpec(
            key="!10f47aea790c",
            nodes=("daily",),
            fallback=("mending", "Mend"),
        ),
    ),
    subflows=("daily", "mending"),
    propagate_node_args=("daily",),
    propagate_failures=("daily",),
    propagate_parent_failures=True,
)
