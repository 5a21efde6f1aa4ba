"""SEL503: flows that always start themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from selinon_compiler.diagnostics import Finding, Related, Severity, rule
from selinon_compiler.model import NodeKind, System, Use


@rule("SEL503", severity=Severity.WARNING, since="2.0")
def endless_recursion(system: System) -> Iterator[Finding]:
    """Every run of a flow starts another run of it, in itself or in a sub-flow.

    None of the edges on the way has a condition or a `foreach`, so there is no end to it, until a node fails. Usually
    one of the edges is meant to have a condition that says when to go deeper.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
          - from: Load
            to: daily  # warning: SEL503
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
          - from: Load
            to: daily
            condition:
              name: argsFieldExist
              args:
                key: next
    ```
    """
    nested = [name for name, flow in system.flows.items() if flow.subflows]
    below = {name: _flows(system.flows[name].started) for name in nested}
    if not any(_cycles(below, nested)):  # mostly; what is surely started takes longer to tell
        return
    sure = {name: _flows(system.flows[name].surely.reached) for name in nested}
    for cycle in _cycles(sure, nested):
        names = ", ".join(f"`{use.name}`" for use in cycle)
        yield Finding(
            cycle[0].span,
            f"flow `{cycle[-1].name}` always starts itself"
            + (f", by way of {names}" if cycle[1:] else ""),
            "let a condition on one of the edges end it",
            tuple(Related(use.span, f"`{use.name}` is started here") for use in cycle[1:]),
        )


def _flows(uses: Mapping[str, Use]) -> list[Use]:
    return [use for use in uses.values() if use.kind is NodeKind.FLOW]


def _cycles(below: Mapping[str, list[Use]], names: Iterable[str]) -> Iterator[list[Use]]:
    """Yield cycles among flows, by what is below each: at most one that is met from each of these."""
    done: set[str] = set()
    for name in names:
        cycle = _cycle(below, name, done)
        if cycle:
            yield cycle


def _cycle(below: Mapping[str, list[Use]], start: str, done: set[str]) -> list[Use]:
    """Return a cycle that is met on the way down from a flow, if there is one; `done` are flows looked at already."""
    path: list[Use] = []
    pending = [(start, iter(below.get(start, ())))] if start not in done else []
    while pending:
        name, uses = pending[-1]
        done.add(name)
        use = next(uses, None)
        if use is None:
            pending.pop()
            if path:
                path.pop()
            continue
        above = [flow for flow, _ in pending]
        if use.name in above:
            return [*path[above.index(use.name) :], use]
        if use.name not in done:
            path.append(use)
            pending.append((use.name, iter(below.get(use.name, ()))))
    return []
