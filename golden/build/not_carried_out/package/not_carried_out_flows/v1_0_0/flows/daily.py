"""Flow daily."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="daily",
    fingerprint="543462d701f30ce3070158138f7194cfeba4b5a61605a0a5f35ca232448d9a99",
    edges=(
        EdgeSpec(
            key="30e70d9998d6",
            sources=(),
            destinations=("Load",),
        ),
        EdgeSpec(
            key="18850e16c1b3",
            sources=("Load",),
            destinations=("Store",),
        ),
    ),
)
