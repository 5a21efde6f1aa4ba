"""Conditions in the lowered form: a closed union of four shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from selinon.record import Record, made_by


class CallPlan(Record):
    """A call of a predicate.

    `node` is the source whose result the predicate may look at; when that is a sub-flow, `task` is a task in it and
    `quantifier` says which of its results are meant: the `last`, `any` or `all`. `takes` says which of `message` and
    `node_args` the predicate wants besides `arguments`; it is None when its signature was not to be had.
    """

    predicate: str
    node: str | None = None
    task: str | None = None
    quantifier: str = "last"
    arguments: Mapping[str, Any] = made_by(default_factory=dict)
    takes: tuple[str, ...] | None = None


class NotPlan(Record):
    """True when its operand is false."""

    operand: ConditionPlan


class AndPlan(Record):
    """True when all of its one or more operands are; they are evaluated from left to right, no further than needed."""

    operands: tuple[ConditionPlan, ...]


class OrPlan(Record):
    """True when one of its one or more operands is; they are evaluated from left to right, no further than needed."""

    operands: tuple[ConditionPlan, ...]


ConditionPlan: TypeAlias = CallPlan | NotPlan | AndPlan | OrPlan
