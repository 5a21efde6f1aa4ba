"""What of a flow can run at all, and what surely does, as far as its edges tell.

Conditions are not looked into: with one, an edge may fire or not. That nodes may fail is left aside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from selinon_compiler.model.system import Flow, Use


Uses: TypeAlias = "tuple[Use, ...]"
Step: TypeAlias = tuple[Uses, Uses]
"""What waits for all of some nodes, and what it then starts: an edge, or a failure with its fallbacks."""


class Spread(NamedTuple):
    """How far a start spreads: the nodes that are reached, each with the first place that starts it, and the steps
    that are `left`. It `rejoins` when a step starts what was started before.
    """

    reached: dict[str, Use]
    left: list[Step]
    rejoins: bool


def spread(steps: Iterable[Step], given: Iterable[str] = ()) -> Spread:
    """Return how far a start spreads through steps; nodes that are `given` count as reached."""
    reached: dict[str, Use] = {}
    known = set(given)
    left: list[Step] = []
    rejoins = False
    for step in steps:
        for use in step[0]:
            if use.name not in reached and use.name not in known:
                left.append(step)
                break
        else:
            for use in step[1]:
                rejoins |= reached.setdefault(use.name, use) is not use
    if left:
        left, again = _resume(left, reached, known)
        rejoins |= again
    return Spread(reached, left, rejoins)


def _resume(steps: list[Step], reached: dict[str, Use], known: set[str]) -> tuple[list[Step], bool]:
    """Take the steps that stand before what they wait for; return those that are left, and whether one rejoins."""
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    missing: list[set[str]] = []
    for index, (waits, _) in enumerate(steps):
        names = {use.name for use in waits}
        missing.append({name for name in names if name not in reached and name not in known})
        for name in missing[-1]:
            waiting[name].append(index)
    ready = [index for index, names in enumerate(missing) if not names]
    done = set(ready)
    rejoins = False
    while ready:
        for use in steps[ready.pop()][1]:
            rejoins |= reached.setdefault(use.name, use) is not use
            for index in waiting.pop(use.name, ()):
                missing[index].discard(use.name)
                if not missing[index] and index not in done:
                    done.add(index)
                    ready.append(index)
    return [step for index, step in enumerate(steps) if index not in done], rejoins


def waits_in_vain(flow: Flow) -> list[list[Use]]:
    """Return the uses that wait for what no chain of steps leads to, in groups of what hangs together.

    Nodes that nothing starts are another matter; they count as reached.
    """
    steps = [(edge.sources, edge.destinations) for edge in flow.edges]
    if all(waits for waits, _ in steps):
        return []
    steps += [(failure.nodes, failure.fallback) for failure in flow.failures]
    given = () if flow.awaited.keys() <= flow.started.keys() else flow.awaited.keys() - flow.started
    found = spread(steps, given)
    return list(_groups(found, frozenset(given))) if found.left else []


def _groups(found: Spread, given: frozenset[str]) -> Iterator[list[Use]]:
    """Yield what the steps that are left wait for: one use of each name, together with what hangs together."""
    left = list(found.left)
    while left:
        names: set[str] = set()
        group: dict[str, Use] = {}
        size = -1
        while size != len(names):
            size = len(names)
            for waits, starts in left:
                linked = {use.name for use in (*waits, *starts)} - found.reached.keys()
                if not names or linked & names:
                    names |= linked - given
                    for use in waits:
                        if use.name not in found.reached and use.name not in given:
                            group.setdefault(use.name, use)
        left = [step for step in left if not any(use.name in names for use in step[0])]
        yield list(group.values())


def sure_steps(flow: Flow) -> Iterator[Step]:
    """Yield the edges that always fire once their sources have finished."""
    for edge in flow.edges:
        if (
            edge.condition is None
            and edge.foreach is None
            and edge.selective is None
            and edge.decl.intact
        ):
            yield edge.sources, edge.destinations


def endless(flow: Flow) -> list[Use]:
    """Return the sources of edges that set each other off for ever, in the order of the cycle."""
    if not flow.repeats or not flow.surely.rejoins:
        return []
    reached = flow.surely.reached
    onward: dict[str, list[tuple[Use, str]]] = {name: [] for name in reached}
    for waits, starts in sure_steps(flow):
        if all(use.name in reached for use in waits):
            for source in waits:
                onward[source.name] += [(source, use.name) for use in starts]
    done: set[str] = set()
    for name in reached:
        cycle = _cycle(onward, name, done)
        if cycle:
            return cycle
    return []


def _cycle(onward: Mapping[str, list[tuple[Use, str]]], start: str, done: set[str]) -> list[Use]:
    """Return a cycle that is met on the way from a node; `done` are nodes looked at already."""
    if start in done:
        return []
    path: list[Use] = []
    names = {start: 0}
    pending = [(start, iter(onward[start]))]
    while pending:
        name, ways = pending[-1]
        way = next(ways, None)
        if way is None:
            pending.pop()
            del names[name]
            done.add(name)
            if path:
                path.pop()
            continue
        use, onto = way
        if onto in names:
            return [*path[names[onto] :], use]
        if onto not in done:
            names[onto] = len(pending)
            path.append(use)
            pending.append((onto, iter(onward[onto])))
    return []
