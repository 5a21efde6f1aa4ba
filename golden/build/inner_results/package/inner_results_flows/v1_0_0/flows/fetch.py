"""Flow fetch."""

from typing import Any

from selinon.abi import EdgeSpec, FlowSpec, Predicate, Results

p_alwaysFalse = Predicate("selinon.predicates", "alwaysFalse")
p_fieldEqual = Predicate("selinon.predicates", "fieldEqual")


def condition_1(results: Results, node_args: Any) -> bool:
    """Condition of edge 1: fieldEqual(db.get('Number'), key=[], value=0)."""
    return bool(p_fieldEqual(message=results["Number"], key=[], value=0))


def condition_2(results: Results, node_args: Any) -> bool:
    """Condition of edge 2: alwaysFalse()."""
    return bool(p_alwaysFalse())


FLOW = FlowSpec(
    name="fetch",
    fingerprint="a30ae8443af2291be6bb8760327f960e9bb8048b0dbbbca92b521c6b5fdea3b7",
    edges=(
        EdgeSpec(
            key="af3d444a8f3c",
            sources=(),
            destinations=("Number",),
        ),
        EdgeSpec(
            key="23da5173c61a",
            sources=("Number",),
            destinations=("Number",),
            condition=condition_1,
            condition_text="fieldEqual(db.get('Number'), key=[], value=0)",
        ),
        EdgeSpec(
            key="e982b9ea1c00",
            sources=("Number",),
            destinations=("Other",),
            condition=condition_2,
            condition_text="alwaysFalse()",
        ),
    ),
)
