"""Flow build."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="build",
    fingerprint="43f0d20cb074c2db2eaf4162db58c395cdff3709054a1ea4f1233323336ac521",
    edges=(
        EdgeSpec(
            key="918bb38850e7",
            sources=(),
            destinations=("Compile",),
        ),
        EdgeSpec(
            key="76caac3f5c12",
            sources=("Compile",),
            destinations=("pack",),
        ),
    ),
    subflows=("pack",),
)
