"""Conditions as expressions: calls of predicates, joined as the plan joins them.

    AndPlan(operands=(
        CallPlan(predicate="fieldEqual", node="A", arguments={"key": "k"}, takes=("message",)),
        NotPlan(operand=CallPlan(predicate="argsFieldExist", arguments={"key": "k"})),
    ))

becomes

    bool(
        p_fieldEqual(message=results["A"], key="k")
        and not p_argsFieldExist.bind(results, node_args, node=None, arguments={"key": "k"})
    )
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import assert_never

from selinon_compiler.emit.layout import Chain, Group, Layout, Negation, call
from selinon_compiler.emit.literals import literal, ordered, text_literal
from selinon_compiler.plan import AndPlan, CallPlan, ConditionPlan, NotPlan, OrPlan

_TAKEN = frozenset({"message", "node_args"})


def predicate_names(condition: ConditionPlan) -> Iterator[str]:
    """Yield the predicates that a condition calls, in order, with repetition."""
    match condition:
        case CallPlan():
            yield condition.predicate
        case NotPlan():
            yield from predicate_names(condition.operand)
        case AndPlan() | OrPlan():
            for operand in condition.operands:
                yield from predicate_names(operand)
        case _:
            assert_never(condition)


def predicate_variables(names: Iterable[str]) -> dict[str, str]:
    """Return the variable of each predicate, by its name: `p_` and the name, or a number where it
    is no identifier.
    """
    variables: dict[str, str] = {}
    count = 0
    for name in sorted(set(names)):
        if name.isascii() and name.isidentifier():
            variables[name] = f"p_{name}"
            continue
        variables[name] = f"p_{count}"
        count += 1
    return variables


def condition_layout(condition: ConditionPlan, variables: Mapping[str, str]) -> Group:
    """Return a condition as an expression of type `bool`.

    Raises ValueError for a call which no pass may produce: see `_call`.
    """
    item = _expression(condition, variables)
    return Group("bool(", (("", item),), ")", comma=False)


def _expression(condition: ConditionPlan, variables: Mapping[str, str]) -> Layout:
    match condition:
        case CallPlan():
            return _call(condition, variables[condition.predicate])
        case NotPlan():
            return Negation(_expression(condition.operand, variables))
        case AndPlan():
            return _chain("and", condition.operands, variables)
        case OrPlan():
            return _chain("or", condition.operands, variables)
        case _:
            assert_never(condition)


def _chain(
    operator: str, operands: tuple[ConditionPlan, ...], variables: Mapping[str, str]
) -> Layout:
    items = tuple(_expression(operand, variables) for operand in operands)
    return items[0] if len(items) == 1 else Chain(operator, items)


def _call(plan: CallPlan, variable: str) -> Group:
    """Return a call of a predicate with exactly what it takes.

    Raises:
        ValueError: the predicate takes a message and there is no node to have it from, or it takes
            something unknown, or an argument has the name of something that it takes.
    """
    if plan.takes is None:
        return _binding(plan, variable)
    taken = plan.takes
    if (
        not _TAKEN.issuperset(taken)
        or not plan.arguments.keys().isdisjoint(taken)
        or ("message" in taken and plan.node is None)
    ):
        raise ValueError(f"predicate {plan.predicate!r} cannot take {plan.takes!r} here")
    items: list[tuple[str, Layout]] = []
    if "message" in taken and plan.node is not None:
        items.append(("message=", _result(plan.node)))
    if "node_args" in taken:
        items.append(("node_args=", "node_args"))
    return call(variable, (*items, *_arguments(plan.arguments)))


def _binding(plan: CallPlan, variable: str) -> Group:
    items = (
        ("", "results"),
        ("", "node_args"),
        ("node=", literal(plan.node)),
        ("arguments=", literal(plan.arguments)),
    )
    return call(f"{variable}.bind", items)


@lru_cache(1 << 14)
def _result(node: str) -> Group:
    return Group("results[", (("", text_literal(node)),), "]", comma=False)


def _arguments(arguments: Mapping[str, object]) -> Iterator[tuple[str, Layout]]:
    """Yield keyword arguments; those with names that Python does not take as keywords are unpacked
    from a mapping.
    """
    others = {}
    for name, value in ordered(arguments):
        if _is_keyword_name(name):
            yield f"{name}=", literal(value)
        else:
            others[name] = value
    if others:
        yield "**", literal(others)


@lru_cache(1 << 10)
def _is_keyword_name(name: str) -> bool:
    return (
        name.isascii()
        and name.isidentifier()
        and not keyword.iskeyword(name)
        and name != "__debug__"
    )
