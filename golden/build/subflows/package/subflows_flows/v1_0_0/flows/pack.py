"""Flow pack."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="pack",
    fingerprint="aa538297e4f045a3ed366effc094b4f26b3b82059263928d718339623319c728",
    edges=(
        EdgeSpec(
            key="0fddf98cbafd",
            sources=(),
            destinations=("Pack",),
        ),
    ),
)
