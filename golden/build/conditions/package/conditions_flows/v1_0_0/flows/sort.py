"""Flow sort."""

from typing import Any

from selinon.abi import EdgeSpec, FlowSpec, Predicate, Results

p_alwaysFalse = Predicate("predicates", "alwaysFalse")
p_alwaysTrue = Predicate("predicates", "alwaysTrue")
p_argsFieldEqual = Predicate("predicates", "argsFieldEqual")
p_argsFieldExist = Predicate("predicates", "argsFieldExist")
p_argsIsDict = Predicate("predicates", "argsIsDict")
p_between = Predicate("predicates", "between")
p_fieldEqual = Predicate("predicates", "fieldEqual")
p_fieldGreaterEqual = Predicate("predicates", "fieldGreaterEqual")
p_fieldLess = Predicate("predicates", "fieldLess")
p_isAsked = Predicate("predicates", "isAsked")
p_isNone = Predicate("predicates", "isNone")
p_isOdd = Predicate("predicates", "isOdd")


def condition_0(results: Results, node_args: Any) -> bool:
    """Condition of edge 0: argsIsDict()."""
    return bool(p_argsIsDict(node_args=node_args))


def condition_1(results: Results, node_args: Any) -> bool:
    """Condition of edge 1: (fieldLess(db.get('Look'), key='size', value=10) and (not (fieldEqual(db.get('Look'), key=['label', 0], value='skip') or argsFieldEqual(key='all', value=False))))."""
    return bool(
        p_fieldLess(message=results["Look"], key="size", value=10)
        and not (
            p_fieldEqual(message=results["Look"], key=["label", 0], value="skip")
            or p_argsFieldEqual(node_args=node_args, key="all", value=False)
        )
    )


def condition_2(results: Results, node_args: Any) -> bool:
    """Condition of edge 2: (fieldGreaterEqual(db.get('Look'), key='size', value=10) or argsFieldExist(key='force'))."""
    return bool(
        p_fieldGreaterEqual(message=results["Look"], key="size", value=10)
        or p_argsFieldExist(node_args=node_args, key="force")
    )


def condition_3(results: Results, node_args: Any) -> bool:
    """Condition of edge 3: isOdd(db.get('Look'), key='size')."""
    return bool(
        p_isOdd.bind(results, node_args, node="Look", arguments={"key": "size"})
    )


def condition_4(results: Results, node_args: Any) -> bool:
    """Condition of edge 4: isAsked(db.get('Look'))."""
    return bool(p_isAsked.bind(results, node_args, node="Look", arguments={}))


def condition_5(results: Results, node_args: Any) -> bool:
    """Condition of edge 5: (not (not alwaysTrue()))."""
    return bool(not not p_alwaysTrue())


def condition_6(results: Results, node_args: Any) -> bool:
    """Condition of edge 6: ((fieldEqual(db.get('Look'), key='size', value=3) and isNone(db.get('Measure'))) or (between(db.get('Measure'), low=1, high=5) and (not alwaysFalse())))."""
    return bool(
        (
            p_fieldEqual(message=results["Look"], key="size", value=3)
            and p_isNone(message=results["Measure"])
        )
        or (
            p_between(message=results["Measure"], high=5, low=1) and not p_alwaysFalse()
        )
    )


FLOW = FlowSpec(
    name="sort",
    fingerprint="07cc0285e975f686fbc7a95533474d880cb86198e34bb154f8f1c6bd56f6d269",
    edges=(
        EdgeSpec(
            key="049fc8b3b738",
            sources=(),
            destinations=("Look", "Measure"),
            condition=condition_0,
            condition_text="argsIsDict()",
        ),
        EdgeSpec(
            key="6474b8f3d70f",
            sources=("Look",),
            destinations=("Small",),
            condition=condition_1,
            condition_text="(fieldLess(db.get('Look'), key='size', value=10) and (not (fieldEqual(db.get('Look'), key=['label', 0], value='skip') or argsFieldEqual(key='all', value=False))))",
        ),
        EdgeSpec(
            key="d065f1c58eec",
            sources=("Look",),
            destinations=("Large",),
            condition=condition_2,
            condition_text="(fieldGreaterEqual(db.get('Look'), key='size', value=10) or argsFieldExist(key='force'))",
        ),
        EdgeSpec(
            key="5b67b596d0ab",
            sources=("Look",),
            destinations=("Odd",),
            condition=condition_3,
            condition_text="isOdd(db.get('Look'), key='size')",
        ),
        EdgeSpec(
            key="443d4b88564f",
            sources=("Look",),
            destinations=("Asked",),
            condition=condition_4,
            condition_text="isAsked(db.get('Look'))",
        ),
        EdgeSpec(
            key="06a6ef55b8b3",
            sources=("Look",),
            destinations=("Always",),
            condition=condition_5,
            condition_text="(not (not alwaysTrue()))",
        ),
        EdgeSpec(
            key="40a4815a7a86",
            sources=("Look", "Measure"),
            destinations=("Both",),
            condition=condition_6,
            condition_text="((fieldEqual(db.get('Look'), key='size', value=3) and isNone(db.get('Measure'))) or (between(db.get('Measure'), low=1, high=5) and (not alwaysFalse())))",
        ),
    ),
    ranks={
        "Always": 3,
        "Asked": 4,
        "Both": 2,
        "Large": 6,
        "Look": 1,
        "Measure": 0,
        "Odd": 5,
        "Small": 7,
    },
)
