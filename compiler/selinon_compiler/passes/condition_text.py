"""Conditions as text, for traces and for readers of emitted packages.

before: Or((Not(Call('fieldExist', source='Load', arguments={'key': 'url'})), Call('argsIsNone', …)))
after:  ((not fieldExist(db.get('Load'), key='url')) or argsIsNone())
"""

from __future__ import annotations

from typing import assert_never

from selinon_compiler.plan import AndPlan, CallPlan, ConditionPlan, NotPlan, OrPlan


def condition_text(condition: ConditionPlan | None) -> str:
    """Return a condition in the syntax of calls; one that is always true is `True`.

    Characters beyond ASCII are escaped: which of them count as printable differs between versions of Python, and the
    text becomes part of packages.
    """
    match condition:
        case None:
            return "True"
        case CallPlan():
            return _call(condition)
        case NotPlan(operand=operand):
            return f"(not {condition_text(operand)})"
        case AndPlan(operands=operands):
            return _joined(" and ", operands)
        case OrPlan(operands=operands):
            return _joined(" or ", operands)
        case _:
            assert_never(condition)


def _joined(operator: str, operands: tuple[ConditionPlan, ...]) -> str:
    texts = [condition_text(operand) for operand in operands]
    return texts[0] if len(texts) == 1 else f"({operator.join(texts)})"


def _call(call: CallPlan) -> str:
    looks = call.node is not None and (call.takes is None or "message" in call.takes)
    place = f"{call.node!a}" if call.task is None else f"{call.node!a}, {call.task!a}"
    arguments = [f"db.get({place})"] if looks else []
    arguments += [f"{name}={value!a}" for name, value in call.arguments.items()]
    quantifier = f".{call.quantifier}" if call.task is not None else ""
    return f"{call.predicate}{quantifier}({', '.join(arguments)})"
