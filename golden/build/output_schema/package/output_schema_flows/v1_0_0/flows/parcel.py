"""Flow parcel."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="parcel",
    fingerprint="2ebd547b7a59d9af2108fa5a7a3d1bfd6dd8000d7c57730e1b13e7132ef2aee1",
    edges=(
        EdgeSpec(
            key="f03e86118f85",
            sources=(),
            destinations=("Weigh",),
        ),
        EdgeSpec(
            key="dcdce65e5f4e",
            sources=("Weigh",),
            destinations=("Label",),
        ),
    ),
)
