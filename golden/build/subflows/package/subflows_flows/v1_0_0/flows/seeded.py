"""Flow seeded."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="seeded",
    fingerprint="8265041a2d56045b81580492d4bf2cb2d08951a234bf72ed12d22ff779d8e85f",
    edges=(
        EdgeSpec(
            key="31b7c718755f",
            sources=(),
            destinations=("Seed",),
        ),
        EdgeSpec(
            key="d8d8cb34deb5",
            sources=("Seed",),
            destinations=("Use", "pack"),
        ),
    ),
    subflows=("pack",),
    node_args_from_first=True,
    propagate_node_args=("pack",),
)
