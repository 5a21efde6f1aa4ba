"""Predicates never raise: what cannot be evaluated does not hold."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

__all__ = ["total"]

P = ParamSpec("P")


def total(rule: Callable[P, bool]) -> Callable[P, bool]:
    """Return the rule made total: an exception counts as false.

    What is not an `Exception`, as `KeyboardInterrupt`, passes. Signature and docstring are those of the rule.
    """

    @functools.wraps(rule)
    def predicate(*args: P.args, **kwargs: P.kwargs) -> bool:
        try:
            return rule(*args, **kwargs)
        except Exception:
            return False

    return predicate
