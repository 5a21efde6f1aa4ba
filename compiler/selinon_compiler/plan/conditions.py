"""Conditions in the lowered form: a closed union of four shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """A call of a predicate.

    `node` is the source whose result the predicate may look at; when that is a sub-flow, `task` is a task in it and
    `quantifier` says which of its results are meant: the `last`, `any` or `all`. `takes` says which of `message` and
    `node_args` the predicate wants besides `arguments`; it is None when its signature was not to be had.
    """

    predicate: str
    node: str | None = None
    task: str | None = None
    quantifier: str = "last"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    takes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlan:
    """True when its operand is false."""

    operand: ConditionPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class AndPlan:
    """True when all of its one or more operands are; they are evaluated from left to right, no further than needed."""

    operands: tuple[ConditionPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrPlan:
    """True when one of its one or more operands is; they are evaluated from left to right, no further than needed."""

    operands: tuple[ConditionPlan, ...]


ConditionPlan: TypeAlias = CallPlan | NotPlan | AndPlan | OrPlan
