"""Flow single."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="single",
    fingerprint="ddd6771f4740536d50cadb2e41dc9a60af7e6c841f0179b030e1c54b0883847b",
    edges=(
        EdgeSpec(
            key="2402d23bf4b1",
            sources=(),
            destinations=("Item",),
        ),
    ),
)
