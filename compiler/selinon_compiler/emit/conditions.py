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
    taken, node, task = plan.takes, plan.node, plan.task
    looks = "message" in taken
    if (
        not _TAKEN.issuperset(taken)
        or not plan.arguments.keys().isdisjoint(taken)
        or (looks and node is None)
    ):
        raise ValueError(f"predicate {plan.predicate!r} cannot take {plan.takes!r} here")
    items: list[tuple[str, Layout]] = []
    if looks and node is not None:
        if task is None:
            items.append(("message=", _result(node)))
        else:
            items.append(("", _results_of(node, task)))
            variable = f"{variable}.{_checked_quantifier(plan.quantifier)}"
    if "node_args" in taken:
        items.append(("node_args=", "node_args"))
    items += _arguments(plan.arguments)
    return call(variable, tuple(items))


def _binding(plan: CallPlan, variable: str) -> Group:
    items = (
        ("", "results"),
        ("", "node_args"),
        ("node=", literal(plan.node)),
        ("arguments=", literal(plan.arguments)),
    )
    if plan.task is not None:
        task = ("task=", literal(plan.task)), ("quantifier=", literal(plan.quantifier))
        return call(f"{variable}.bind", (*items, *task))
    return call(f"{variable}.bind", items)


def _checked_quantifier(quantifier: str) -> str:
    if quantifier not in ("last", "any", "all"):
        raise ValueError(f"no quantifier: {quantifier!r}")
    return quantifier


@lru_cache(1 << 14)
def _result(node: str) -> Group:
    return Group("results[", (("", text_literal(node)),), "]", comma=False)


@lru_cache(1 << 14)
def _results_of(flow: str, task: str) -> Group:
    return Group(f"results[{text_literal(flow)}][", (("", text_literal(task)),), "]", comma=False)


def _arguments(arguments: Mapping[str, object]) -> list[tuple[str, Layout]]:
    """Return keyword arguments; those with names that Python does not take as keywords are unpacked
    from a mapping.
    """
    found = []
    others = {}
    for name, value in ordered(arguments):
        if _is_keyword_name(name):
            found.append((f"{name}=", literal(value)))
        else:
            others[name] = value
    if others:
        found.append(("**", literal(others)))
    return found


@lru_cache(1 << 10)
def _is_keyword_name(name: str) -> bool:
    return (
        name.isascii()
        and name.isidentifier()
        and not keyword.iskeyword(name)
        and name != "__debug__"
    )
