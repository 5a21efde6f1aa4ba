"""SEL408: conditions whose parts contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import (
    PROVIDED,
    And,
    Call,
    Condition,
    Edge,
    Failure,
    Flow,
    Not,
    Or,
    System,
)

COMPARED = {"fieldEqual": "key", "argsFieldEqual": "key", "envEqual": "env"}
"""Predicates that hold for one value of what they look at, and the argument that says where they look."""

CHANGING = frozenset({"httpStatus"})
"""Predicates that may come out differently when they are asked again."""


@rule("SEL408", severity=Severity.WARNING, since="2.0")
def settled_condition(system: System) -> Iterator[Finding]:
    """The form of a condition settles how it comes out.

    Parts of an `and` exclude each other, so that it never holds: something and its negation, or one field equal to
    two different values. Or parts of an `or` leave nothing out, so that it always holds.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
            condition:
              and:
                - name: argsFieldEqual
                  args:
                    key: day
                    value: Monday
                - name: argsFieldEqual  # warning: SEL408
                  args:
                    key: day
                    value: Friday
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
            condition:
              or:
                - name: argsFieldEqual
                  args:
                    key: day
                    value: Monday
                - name: argsFieldEqual
                  args:
                    key: day
                    value: Friday
    ```
    """
    for flow in system.flows.values():
        for condition in _repetitive(flow):
            for operator, first, second in _clashes(condition):
                what = "leave nothing out" if operator is Or else "exclude each other"
                place = first.decl.span_of_node(first.decl.name)
                yield Finding(
                    second.decl.span_of_node(second.decl.name),
                    f"in a condition of flow `{flow.name}`, `{first.predicate}` and `{second.predicate}` {what}",
                    f"join them by `{'and' if operator is Or else 'or'}`, or correct one of the two",
                    (Related(place, "this is the other part"),),
                )


def _repetitive(flow: Flow) -> Iterator[Condition]:
    """Yield the conditions in which a predicate is called twice about the same source; few are."""
    last: Edge | Failure | None = None
    seen: list[tuple[str, str | None]] = []
    found: Edge | Failure | None = None
    for owner, call in flow.calls:
        if owner is not last:
            last, seen = owner, []
        about = call.predicate, call.source
        if about not in seen:
            seen.append(about)
        elif found is not owner and owner.condition is not None:
            found = owner
            yield owner.condition


Literal: TypeAlias = tuple[Call, bool]
"""A call, and whether it is to hold."""


def _clashes(condition: Condition) -> Iterator[tuple[type[And | Or], Call, Call]]:
    """Yield the first clash in each `and` and `or` of a condition, with the operator."""
    pending: list[tuple[Condition, bool]] = [(condition, True)]
    while pending:
        inner, holds = pending.pop()
        if isinstance(inner, Not):
            pending.append((inner.operand, not holds))
        elif isinstance(inner, And | Or):
            operator = And if isinstance(inner, And) is holds else Or
            literals: list[Literal] = []
            _gather(inner, holds, operator, literals, pending)
            for index, (second, wanted) in enumerate(literals):
                for first, other in literals[:index]:
                    if _clash(first, second, wanted is other, operator):
                        yield operator, first, second
                        return


def _gather(
    condition: Condition,
    holds: bool,
    operator: type[And | Or],
    literals: list[Literal],
    pending: list[tuple[Condition, bool]],
) -> None:
    """Gather the calls that an operator joins, nested uses of it included; what is joined otherwise is left pending."""
    if isinstance(condition, Call):
        literals.append((condition, holds))
    elif isinstance(condition, Not):
        _gather(condition.operand, not holds, operator, literals, pending)
    elif (And if isinstance(condition, And) is holds else Or) is operator:
        for operand in condition.operands:
            _gather(operand, holds, operator, literals, pending)
    else:
        pending.append((condition, holds))


def _clash(first: Call, second: Call, alike: bool, operator: type[And | Or]) -> bool:
    """Return whether two calls exclude each other in an `and`, or leave nothing out in an `or`."""
    if first.predicate != second.predicate or first.source != second.source:
        return False
    if not alike:
        return first.arguments == second.arguments and first.predicate not in CHANGING
    if operator is Or or first.predicate not in COMPARED or not _built_in(first):
        return False
    key = COMPARED[first.predicate]
    one, other = first.arguments, second.arguments
    return (
        one.get(key) == other.get(key)
        and one.keys() == other.keys() == {key, "value"}
        and bool(one["value"] != other["value"])
    )


def _built_in(call: Call) -> bool:
    """Return whether a predicate has the parameters that the built-in one of its name has."""
    return call.signature is not None and set(call.signature.names).difference(PROVIDED) == {
        COMPARED[call.predicate],
        "value",
    }
