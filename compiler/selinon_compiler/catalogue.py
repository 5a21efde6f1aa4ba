"""All rules, wherever in the compiler they are declared."""

from __future__ import annotations

from collections.abc import Mapping

from selinon_compiler import driver, rules
from selinon_compiler.diagnostics import RULES, Rule

__all__ = ["all_rules"]

_DECLARES_RULES = driver
"""The passes, which the driver imports, declare rules of their own."""


def all_rules() -> Mapping[str, Rule]:
    """Return every rule by its code, in the order of codes."""
    rules.load()
    return {code: RULES[code] for code in sorted(RULES)}
