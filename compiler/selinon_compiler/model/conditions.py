"""Conditions with their names looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from selinon.record import Record
from selinon_compiler.language import LeafDecl
from selinon_compiler.model.definitions import Lookup, Signature


class Call:
    """A call of a predicate.

    `source` names the source whose result it may look at: the one stated, else the only one there is, else None.
    `task` names a task in that source, a sub-flow, and `quantifier` says which of its results are looked at. `found` is
    what is known of the predicate, `signature` its signature where that is known.
    """

    __match_args__ = (
        "decl",
        "predicate",
        "source",
        "task",
        "quantifier",
        "arguments",
        "found",
        "signature",
    )
    __slots__ = __match_args__

    def __init__(
        self,
        decl: LeafDecl,
        predicate: str,
        source: str | None,
        task: str | None,
        quantifier: str | None,
        arguments: Mapping[str, Any],
        found: Lookup,
        signature: Signature | None,
    ) -> None:
        self.decl = decl
        self.predicate = predicate
        self.source = source
        self.task = task
        self.quantifier = quantifier
        self.arguments = arguments
        self.found = found
        self.signature = signature

    @property
    def wants_message(self) -> bool:
        """Return whether the predicate surely looks at a result."""
        return self.signature is not None and "message" in self.signature.names


class Not(Record):
    """True when its operand is false."""

    operand: Condition


class And(Record):
    """True when all of its one or more operands are."""

    operands: tuple[Condition, ...]


class Or(Record):
    """True when one of its one or more operands is."""

    operands: tuple[Condition, ...]


Condition: TypeAlias = Call | Not | And | Or
