"""Flow looking."""

from typing import Any

from selinon.abi import EdgeSpec, FlowSpec, Predicate, Results

p_fieldEqual = Predicate("selinon.predicates", "fieldEqual")
p_isInt = Predicate("selinon.predicates", "isInt")


def condition_1(results: Results, node_args: Any) -> bool:
    """Condition of edge 1: fieldEqual.last(db.get('fetch', 'Number'), key=[], value=1)."""
    return bool(p_fieldEqual.last(results["fetch"]["Number"], key=[], value=1))


def condition_2(results: Results, node_args: Any) -> bool:
    """Condition of edge 2: fieldEqual.any(db.get('fetch', 'Number'), key=[], value=0)."""
    return bool(p_fieldEqual.any(results["fetch"]["Number"], key=[], value=0))


def condition_3(results: Results, node_args: Any) -> bool:
    """Condition of edge 3: (fieldEqual.all(db.get('fetch', 'Number'), key=[], value=0) or isInt.all(db.get('fetch', 'Other')) or isInt.last(db.get('fetch', 'Other')))."""
    return bool(
        p_fieldEqual.all(results["fetch"]["Number"], key=[], value=0)
        or p_isInt.all(results["fetch"]["Other"])
        or p_isInt.last(results["fetch"]["Other"])
    )


def condition_4(results: Results, node_args: Any) -> bool:
    """Condition of edge 4: (not isInt.all(db.get('fetch', 'Number')))."""
    return bool(not p_isInt.all(results["fetch"]["Number"]))


FLOW = FlowSpec(
    name="looking",
    fingerprint="e6aefb74f7a2a7d7b57793773b3f666643a6af26635dcc0d9267c16f36f9af3d",
    edges=(
        EdgeSpec(
            key="2f8796d133e6",
            sources=(),
            destinations=("fetch",),
        ),
        EdgeSpec(
            key="a647b475f1c4",
            sources=("fetch",),
            destinations=("Last",),
            condition=condition_1,
            condition_text="fieldEqual.last(db.get('fetch', 'Number'), key=[], value=1)",
        ),
        EdgeSpec(
            key="aca2962cbb0e",
            sources=("fetch",),
            destinations=("Half",),
            condition=condition_2,
            condition_text="fieldEqual.any(db.get('fetch', 'Number'), key=[], value=0)",
        ),
        EdgeSpec(
            key="5cb61404e20a",
            sources=("fetch",),
            destinations=("All",),
            condition=condition_3,
            condition_text="(fieldEqual.all(db.get('fetch', 'Number'), key=[], value=0) or isInt.all(db.get('fetch', 'Other')) or isInt.last(db.get('fetch', 'Other')))",
        ),
        EdgeSpec(
            key="809e134c7de5",
            sources=("fetch",),
            destinations=("Never",),
            condition=condition_4,
            condition_text="(not isInt.all(db.get('fetch', 'Number')))",
        ),
        EdgeSpec(
            key="829d9560596a",
            sources=("Half",),
            destinations=("Double",),
            propagate_result=True,
        ),
    ),
    subflows=("fetch",),
)
