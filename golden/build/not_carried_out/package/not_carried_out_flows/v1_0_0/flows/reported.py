"""Flow reported."""

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec

FLOW = FlowSpec(
    name="reported",
    fingerprint="d5b6ca6299715b5101a41e5e77abaafd12e02039b76d58b962ac46a9bea5dccc",
    edges=(
        EdgeSpec(
            key="85b0861ba0a8",
            sources=(),
            destinations=("daily", "chosen"),
        ),
    ),
    failures=(
        FailureSpec(
            key="!24fcadd1cb24",
            nodes=("chosen", "daily"),
            fallback=("mending",),
        ),
    ),
    subflows=("chosen", "daily", "mending"),
    propagate_failures=("daily",),
    propagate_compound_failures=("chosen",),
    propagate_parent_failures=True,
)
