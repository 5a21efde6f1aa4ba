"""Flow batch."""

from typing import Any

from selinon.abi import EdgeSpec, FlowSpec, ForeachSpec, Predicate, Reference, Results

p_argsFieldEqual = Predicate("selinon.predicates", "argsFieldEqual")


def condition_2(results: Results, node_args: Any) -> bool:
    """Condition of edge 2: (not argsFieldEqual(key='quiet', value=True))."""
    return bool(not p_argsFieldEqual(node_args=node_args, key="quiet", value=True))


FLOW = FlowSpec(
    name="batch",
    fingerprint="446a3b2084b846e8ecb82ba41b305d5047bc7ae1ca77e106cb8ab4d9a2a06ef7",
    edges=(
        EdgeSpec(
            key="af18e80cccf3",
            sources=(),
            destinations=("List",),
        ),
        EdgeSpec(
            key="be9c1b488f94",
            sources=("List",),
            destinations=("single",),
            foreach=ForeachSpec(
                function=Reference("routing", "items"),
                propagate_result=True,
            ),
        ),
        EdgeSpec(
            key="9b2da18e5221",
            sources=("List",),
            destinations=("Tick",),
            condition=condition_2,
            condition_text="(not argsFieldEqual(key='quiet', value=True))",
            foreach=ForeachSpec(function=Reference("routing", "items")),
        ),
        EdgeSpec(
            key="a3d3d5d2b304",
            sources=("List", "single"),
            destinations=("Sum",),
        ),
        EdgeSpec(
            key="8093bb12fd91",
            sources=("List",),
            destinations=("Twice", "Twice"),
        ),
    ),
    subflows=("single",),
    ranks={"List": 0, "Sum": 4, "Tick": 2, "Twice": 1, "single": 3},
    propagate_finished=("single",),
)
