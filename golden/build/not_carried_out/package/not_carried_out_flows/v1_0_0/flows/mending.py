"""Flow mending."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="mending",
    fingerprint="ce24bd27056a189562972189a998b8f205148b246a23400bf6240d3b8a5cb671",
    edges=(
        EdgeSpec(
            key="742c14cb446c",
            sources=(),
            destinations=("Mend",),
        ),
    ),
)
