"""Flow strict."""

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec

FLOW = FlowSpec(
    name="strict",
    fingerprint="71e57e4c3be2638869c51ff49d7b4c51ffa3687b86590016a9c61a95d7de6f8f",
    edges=(
        EdgeSpec(
            key="0b0144c60b4f",
            sources=(),
            destinations=("First",),
        ),
        EdgeSpec(
            key="4868af457aae",
            sources=("First",),
            destinations=("Second",),
        ),
    ),
    failures=(
        FailureSpec(
            key="!a8a39441c660",
            nodes=("Second",),
            fallback=("Mend",),
        ),
    ),
    eager_failures=True,
)
