"""Flow Flow2."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="Flow2",
    fingerprint="5168b1b53c23aad96b9d0b55c845befd2ce78ae5f7b378b9fd59ac320f80b3f2",
    edges=(
        EdgeSpec(
            key="562e892efd1d",
            sources=(),
            destinations=("Flow", "__init__"),
        ),
    ),
)
