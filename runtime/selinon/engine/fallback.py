"""Which rule answers which failures.

Once nothing is active, the rule that covers most of the failed names is applied, and among rules of one size the one
whose sorted names come first. A rule applies when all of its names have a failure that nothing has answered; rules
over the same names apply together.

>>> rules = [FailureSpec(key=str(n), nodes=n, fallback=()) for n in (("A",), ("A", "B"), ("C",))]
>>> [names for names, _ in candidates(rules, {"A", "B"})]
[('A', 'B'), ('A',)]
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from selinon.abi import FailureSpec


def candidates(
    rules: Sequence[FailureSpec], failed: Collection[str]
) -> list[tuple[tuple[str, ...], tuple[FailureSpec, ...]]]:
    """Return the groups of rules that can answer failures of these names, in the order in which they are tried."""
    groups: dict[tuple[str, ...], list[FailureSpec]] = {}
    for rule in rules:
        if all(name in failed for name in rule.nodes):
            groups.setdefault(rule.nodes, []).append(rule)
    order = sorted(groups, key=lambda names: (-len(names), names))
    return [(names, tuple(groups[names])) for names in order]
