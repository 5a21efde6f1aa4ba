"""Which rule answers which failures.

Once nothing is active, the rule that covers most of the failed names is applied, and among rules of one size the one
whose sorted names come first. A rule applies when all of its names have a failure that nothing has answered; rules
over the same names apply together.

>>> rules = [FailureSpec(key=str(n), nodes=n, fallback=()) for n in (("A",), ("A", "B"), ("C",))]
>>> [names for names, _ in candidates(rules, {"A", "B"})]
[('A', 'B'), ('A',)]
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from selinon.abi import FailureSpec
from selinon.engine.asking import Asking, asked
from selinon.engine.asks import AskCondition, AskFailed
from selinon.engine.firing import shape_of
from selinon.engine.state import shown_selection
from selinon.engine.work import Work
from selinon.trace.events import FallbackCondFalse, FallbackCondTrue, FallbackStart


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


def fall_back(work: Work) -> Asking[None]:
    """Answer failures, one combination at a time.

    When an answer has started a node that is waited for, the next combination is looked for once nothing is active
    again, so that what happens does not depend on how long nodes take.
    """
    for names, rules in candidates(work.graph.rules, work.failed.keys()):
        while all(name in work.failed for name in names):
            chosen = yield from _chosen(work, names, rules)
            if not chosen:
                break
            yield from _answer(work, names, chosen)
            if work.running:
                return


def _chosen(
    work: Work, names: Sequence[str], rules: Iterable[FailureSpec]
) -> Asking[list[FailureSpec]]:
    """Return the rules over a combination whose conditions hold."""
    chosen = []
    for rule in rules:
        holds = True
        if rule.condition is not None:
            ask = AskCondition(place=rule, tasks={}, flows={}, node_args=work.node_args)
            holds = yield from asked(ask)
        kind = FallbackCondTrue if holds else FallbackCondFalse
        work.traces.append(kind(**_rule_details(work, names, rule)))
        if holds:
            chosen.append(rule)
    return chosen


def _answer(work: Work, names: Sequence[str], rules: Sequence[FailureSpec]) -> Asking[None]:
    """Answer the oldest failure of each name of a combination by the fallbacks of its rules."""
    forgiven = not any(rule.propagate_failure for rule in rules)
    for rule in rules:
        work.traces.append(FallbackStart(**_rule_details(work, names, rule)))
    ids = {name: work.answer(name, forgiven=forgiven) for name in names}
    failed: dict[str, Any] = {}
    if any(rule.fallback for rule in rules):
        for name, id in ids.items():
            failed[name] = yield from _failed_shape(work, name, id)
    for rule in rules:
        parents = tuple(ids.values())
        for position, name in enumerate(rule.fallback):
            if work.is_flow(name):
                work.start_flow(rule, parents, position, name, failed=failed)
            else:
                work.start_task(rule, parents, position, name, work.node_args, {}, failed)


def _failed_shape(work: Work, name: str, id: str) -> Asking[Any]:
    """Return how a failed node is shown to the fallbacks that answer it."""
    flow = work.graph.flow
    shape = shape_of(flow.propagate_failures, flow.propagate_compound_failures, name)
    if shape is None or not work.is_flow(name):
        return [id]
    return shape((yield from asked(AskFailed(name=name, id=id))))


def _rule_details(work: Work, names: Sequence[str], rule: FailureSpec) -> dict[str, Any]:
    return {
        "flow_name": work.graph.flow.name,
        "dispatcher_id": work.run.id,
        "nodes": [{"name": name, "id": work.failed[name][0]} for name in names],
        "selective": shown_selection(work.run),
        "fallback": rule.fallback,
        "condition_strs": [rule.condition_text],
    }
