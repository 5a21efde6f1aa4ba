"""Flow deep."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="deep",
    fingerprint="74a8c20932996d75db82603eaae14ef25c1b1c47fed1d1dc84486d6e460445c2",
    edges=(
        EdgeSpec(
            key="01a5164c2831",
            sources=(),
            destinations=("Compile", "pack"),
        ),
    ),
    subflows=("pack",),
    propagate_node_args=True,
)
