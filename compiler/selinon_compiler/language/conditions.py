"""Conditions: trees whose leaves call predicates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from selinon.record import Record
from selinon_compiler.frontend.nodes import BROKEN, Node, Scalar, Sequence
from selinon_compiler.frontend.nodes import Mapping as MappingNode
from selinon_compiler.language.codes import INVALID_VALUE, MISSING_KEY, UNKNOWN_KEY
from selinon_compiler.language.kinds import ARGUMENTS, Kind, Reader, choice, wrong
from selinon_compiler.language.names import LABEL
from selinon_compiler.language.table import INVALID, Section, key, section

OPERATORS = ("and", "or", "not")

_FORMS = f"a condition has a `name`, or one of {', '.join(f'`{o}`' for o in OPERATORS)}"


@section("condition")
class LeafDecl(Section):
    """A predicate, looked up in the predicates module, with its arguments."""

    name: Scalar = key(LABEL, doc="Name of the predicate.")
    source: Scalar | None = key(
        LABEL,
        name="node",
        default=None,
        doc="The source whose result the predicate looks at; needed only when the edge has several.",
    )
    task: Scalar | None = key(
        LABEL,
        default=None,
        doc="The task in the sub-flow `node` whose results the predicate looks at.",
    )
    quantifier: str | None = key(
        choice("last", "any", "all"),
        default=None,
        doc="Which of that task's results: the `last` one, by default, `any` or `all`; without one, it does not hold.",
    )
    args: Mapping[str, Any] | None = key(
        ARGUMENTS, default=None, doc="Further arguments of the predicate, by name."
    )


class AndDecl(Record):
    """True when all conditions of a list are true."""

    operands: tuple[ConditionDecl, ...]


class OrDecl(Record):
    """True when one condition of a list is true."""

    operands: tuple[ConditionDecl, ...]


class NotDecl(Record):
    """True when a condition is false."""

    operand: ConditionDecl


ConditionDecl: TypeAlias = LeafDecl | AndDecl | OrDecl | NotDecl


def _read(reader: Reader, node: Node) -> Any:
    if not isinstance(node, MappingNode):
        return wrong(reader, node, "a condition")
    if "name" in node.value:
        return reader.bind(LeafDecl, node)
    stated = [operator for operator in OPERATORS if operator in node.value]
    if not stated:
        return _read_nothing(reader, node)
    operator, child = stated[0], node.value[stated[0]]
    for name, other in node.value.items():
        if name != operator:
            reader.report(
                UNKNOWN_KEY,
                other.key or other,
                f"unknown key `{name}` beside `{operator}`",
                f"a condition has exactly one of {', '.join(f'`{o}`' for o in OPERATORS)} or a `name`",
            )
    if operator == "not":
        operand = _read(reader, child)
        return INVALID if operand is INVALID else NotDecl(operand)
    return _read_list(reader, AndDecl if operator == "and" else OrDecl, child)


def _read_nothing(reader: Reader, node: MappingNode) -> Any:
    if not node.value:
        return reader.report(INVALID_VALUE, node, "expected a condition, found an empty mapping")
    if BROKEN in node.value:  # its name may be what could not be read
        return reader.report(MISSING_KEY, node.value[BROKEN], "")
    for name, child in node.value.items():
        if name not in LeafDecl.layout.slots:
            return reader.report(
                UNKNOWN_KEY, child.key or child, f"unknown key `{name}` in `condition`", _FORMS
            )
    return reader.report(
        MISSING_KEY,
        node,
        "missing key `name` in `condition`",
        _FORMS,
    )


def _read_list(reader: Reader, make: type[AndDecl | OrDecl], child: Node) -> Any:
    if not isinstance(child, Sequence):
        return wrong(reader, child, "a list of conditions")
    if not child.value:
        return reader.report(
            INVALID_VALUE, child, "expected at least one condition, found an empty list"
        )
    operands = tuple([_read(reader, item) for item in child.value])
    return INVALID if INVALID in operands else make(operands)


_OPERATED = {"$ref": "#/$defs/condition"}

CONDITION = Kind(
    title="a condition: a predicate's `name`, or one of `and`, `or`, `not`",
    schema=_OPERATED,
    read=_read,
    section=LeafDecl,
)

CONDITION_SCHEMAS: tuple[Mapping[str, Any], ...] = tuple(
    {
        "type": "object",
        "additionalProperties": False,
        "required": [operator],
        "properties": {operator: operand},
    }
    for operator, operand in [
        ("and", {"type": "array", "items": _OPERATED, "minItems": 1}),
        ("or", {"type": "array", "items": _OPERATED, "minItems": 1}),
        ("not", _OPERATED),
    ]
)
"""The forms of a condition other than a leaf, for the JSON Schema."""
