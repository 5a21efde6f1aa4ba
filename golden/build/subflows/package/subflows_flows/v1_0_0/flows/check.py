"""Flow check."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="check",
    fingerprint="450895b34ba8ef502640700cc67a738d596b49d929623db2a39e71787e799a09",
    edges=(
        EdgeSpec(
            key="1eccf8a0d7af",
            sources=(),
            destinations=("Check",),
        ),
    ),
)
