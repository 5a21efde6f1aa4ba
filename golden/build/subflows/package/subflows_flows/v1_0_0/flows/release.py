"""Flow release."""

from selinon.abi import EdgeSpec, FlowSpec

FLOW = FlowSpec(
    name="release",
    fingerprint="902a0dc0070dd44ab8cc2fb8ee1ba433b37c8f10598ce37b25c7c17a715fb8ea",
    edges=(
        EdgeSpec(
            key="ec3b53ee9d5c",
            sources=(),
            destinations=("build", "deep"),
        ),
        EdgeSpec(
            key="c130ca016a71",
            sources=("build",),
            destinations=("check", "Announce"),
        ),
        EdgeSpec(
            key="7a11fcb5bfae",
            sources=("build", "deep"),
            destinations=("Close",),
        ),
    ),
    subflows=("build", "check", "deep"),
    ranks={"Announce": 3, "Close": 2, "build": 1, "check": 4, "deep": 0},
    propagate_node_args=("build", "deep"),
    propagate_parent=("check",),
    propagate_finished=("build",),
    propagate_compound_finished=("deep",),
)
