"""SEL401: predicates that do not exist, or are none."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, did_you_mean, rule
from selinon_compiler.model import Definition, Kind, Reason, System

USABLE = frozenset({Kind.FUNCTION, Kind.UNKNOWN})
"""What a predicate may be, as far as its text tells."""


@rule("SEL401", severity=Severity.ERROR, since="2.0")
def unknown_predicate(system: System) -> Iterator[Finding]:
    """A condition names something that is not a function of the predicates module.

    Predicates are looked up in `selinon.predicates`, or in the module stated as `predicates_module` under `global`.
    A module of one's own takes the place of the built-in predicates; it can offer them as well with
    `from selinon.predicates import *`.

    A coroutine function and a generator function will not do: what they return is true whatever comes of it.

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
            condition:
              name: argsFieldEquals  # error: SEL401
              args:
                key: day
                value: Monday
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
            condition:
              name: argsFieldEqual
              args:
                key: day
                value: Monday
    ```
    """
    module = system.settings.predicates_module
    if all(
        isinstance(found, Definition) and found.kind in USABLE
        for found in system.predicates.values()
    ):
        return
    for _, _, call in system.calls:
        found = call.found
        if isinstance(found, Definition):
            if found.kind not in USABLE:
                yield Finding(
                    call.decl.span_of_node(call.decl.name),
                    f"`{call.predicate}` in `{module}` is {found.kind.value}, not a function",
                    "a predicate is a function that returns whether the condition holds",
                )
        elif found.reason is Reason.NO_NAME:
            near = did_you_mean(call.predicate, found.candidates)
            yield Finding(
                call.decl.span_of_node(call.decl.name),
                f"`{module}` has no predicate `{call.predicate}`",
                f"a predicate with a similar name exists: `{near}`" if near else None,
            )
