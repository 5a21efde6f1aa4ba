"""Flow rounds."""

from typing import Any

from selinon.abi import EdgeSpec, FlowSpec, Predicate, Results

p_fieldEqual = Predicate("selinon.predicates", "fieldEqual")
p_fieldLess = Predicate("selinon.predicates", "fieldLess")


def condition_2(results: Results, node_args: Any) -> bool:
    """Condition of edge 2: fieldEqual(db.get('Right'), key='kind', value='right')."""
    return bool(p_fieldEqual(message=results["Right"], key="kind", value="right"))


def condition_3(results: Results, node_args: Any) -> bool:
    """Condition of edge 3: fieldLess(db.get('Join'), key='round', value=2)."""
    return bool(p_fieldLess(message=results["Join"], key="round", value=2))


def condition_4(results: Results, node_args: Any) -> bool:
    """Condition of edge 4: (not fieldLess(db.get('Join'), key='round', value=2))."""
    return bool(not p_fieldLess(message=results["Join"], key="round", value=2))


FLOW = FlowSpec(
    name="rounds",
    fingerprint="4cc8cdd4c0c305c7257c5a6e004694c260ecd4a5e0d9e0d5c766b1eed39e4372",
    edges=(
        EdgeSpec(
            key="1986996d676d",
            sources=(),
            destinations=("Begin",),
        ),
        EdgeSpec(
            key="7a2cf4211127",
            sources=("Begin",),
            destinations=("Left", "Right"),
        ),
        EdgeSpec(
            key="d36e766c7d8f",
            sources=("Left", "Right"),
            destinations=("Join",),
            condition=condition_2,
            condition_text="fieldEqual(db.get('Right'), key='kind', value='right')",
        ),
        EdgeSpec(
            key="93d1fa2de481",
            sources=("Join",),
            destinations=("Begin",),
            condition=condition_3,
            condition_text="fieldLess(db.get('Join'), key='round', value=2)",
        ),
        EdgeSpec(
            key="98abadb7cc56",
            sources=("Join",),
            destinations=("End",),
            condition=condition_4,
            condition_text="(not fieldLess(db.get('Join'), key='round', value=2))",
        ),
    ),
    ranks={"Begin": 0, "End": 1, "Join": 0, "Left": 0, "Right": 0},
)
