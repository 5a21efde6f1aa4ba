"""Flow flow."""

from typing import Any

from selinon.abi import EdgeSpec, FlowSpec, Predicate, Results, moment, real

p_fieldEqual = Predicate("selinon.predicates", "fieldEqual")


def condition_1(results: Results, node_args: Any) -> bool:
    """Condition of edge 1: (fieldEqual(db.get('lambda'), key='text', value='\"\"\"\\n\\\\\\'{x}{{y}}\\xe9\\U0001f642"') and fieldEqual(db.get('lambda'), key='day', value=datetime.date(2020, 2, 29)) and (not fieldEqual(db.get('lambda'), key='number', value=nan)))."""
    return bool(
        p_fieldEqual(
            message=results["lambda"],
            key="text",
            value='"""\n\\\'{x}{{y}}\xe9\U0001f642"',
        )
        and p_fieldEqual(
            message=results["lambda"],
            key="day",
            value=moment("2020-02-29"),
        )
        and not p_fieldEqual(message=results["lambda"], key="number", value=real("nan"))
    )


def condition_2(results: Results, node_args: Any) -> bool:
    """Condition of edge 2: fieldEqual(db.get('lambda'), key=['nested', 'a\\\\b"c'], value={'deep': [None, '#', '\\x7f']})."""
    return bool(
        p_fieldEqual(
            message=results["lambda"],
            key=["nested", 'a\\b"c'],
            value={"deep": [None, "#", "\x7f"]},
        )
    )


FLOW = FlowSpec(
    name="flow",
    fingerprint="8c9462dafa199661efd685cfaf86da67bc1cd76e0637b5776b00412462b127f9",
    edges=(
        EdgeSpec(
            key="5a935223d774",
            sources=(),
            destinations=("lambda", "import"),
        ),
        EdgeSpec(
            key="5c0767af57f6",
            sources=("lambda",),
            destinations=("class",),
            condition=condition_1,
            condition_text="(fieldEqual(db.get('lambda'), key='text', value='\"\"\"\\n\\\\\\'{x}{{y}}\\xe9\\U0001f642\"') and fieldEqual(db.get('lambda'), key='day', value=datetime.date(2020, 2, 29)) and (not fieldEqual(db.get('lambda'), key='number', value=nan)))",
        ),
        EdgeSpec(
            key="6992513d1740",
            sources=("lambda",),
            destinations=("FLOW",),
            condition=condition_2,
            condition_text="fieldEqual(db.get('lambda'), key=['nested', 'a\\\\b\"c'], value={'deep': [None, '#', '\\x7f']})",
        ),
    ),
    subflows=("import",),
)
