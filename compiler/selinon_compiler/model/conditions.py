"""Conditions with their names looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

from selinon_compiler.language import LeafDecl
from selinon_compiler.model.definitions import Lookup, Problem, Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a predicate.

    `source` names the source whose result it may look at: the one stated, else the only one there is, else None.
    `found` is what is known of the predicate.
    """

    decl: LeafDecl = field(compare=False, repr=False)
    predicate: str
    source: str | None
    arguments: Mapping[str, Any]
    found: Lookup

    @property
    def signature(self) -> Signature | None:
        """Return the predicate's signature where it is known."""
        return None if isinstance(self.found, Problem) else self.found.signature

    @property
    def wants_message(self) -> bool:
        """Return whether the predicate surely looks at a result."""
        return self.signature is not None and self.signature.takes("message")


@dataclass(frozen=True, slots=True)
class Not:
    """True when its operand is false."""

    operand: Condition


@dataclass(frozen=True, slots=True)
class And:
    """True when all of its one or more operands are."""

    operands: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when one of its one or more operands is."""

    operands: tuple[Condition, ...]


Condition: TypeAlias = Call | Not | And | Or


def calls(condition: Condition | None) -> Iterator[Call]:
    """Yield the calls in a condition, from left to right."""
    match condition:
        case None:
            return
        case Call():
            yield condition
        case Not(operand=operand):
            yield from calls(operand)
        case And(operands=operands) | Or(operands=operands):
            for operand in operands:
                yield from calls(operand)
        case _:
            assert_never(condition)
