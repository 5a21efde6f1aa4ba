"""Flow con."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="con",
    fingerprint="e95ac17694c6e49aa2ea6becd8b76c3c0f935caef684baf55bc0c2293d8efd78",
    edges=(
        EdgeSpec(
            key="63d6cea12bef",
            sources=(),
            destinations=("None",),
        ),
    ),
)
