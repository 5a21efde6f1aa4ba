"""Flow import."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="import",
    fingerprint="8175bc6b9a636e4470ba36b59854b6eaaade50de2b86e7f46735863ed9f9b03b",
    edges=(
        EdgeSpec(
            key="2d855d90a8a5",
            sources=(),
            destinations=("con",),
        ),
    ),
    subflows=("con",),
)
