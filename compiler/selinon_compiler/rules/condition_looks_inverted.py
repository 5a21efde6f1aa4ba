"""SEL407: predicates whose meaning was turned round."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import System

TURNED = {"empty": "fieldLenEqual", "argsEmpty": "argsFieldLenEqual"}
"""Predicates that once meant the opposite, and those that say the same without doubt."""


@rule("SEL407", severity=Severity.WARNING, since="2.0")
def condition_looks_inverted(system: System) -> Iterator[Finding]:
    """A condition uses `empty` or `argsEmpty`, which used to mean the opposite.

    Both hold when there is nothing in what they look at, as their names say. In the original they held when there was
    something. A configuration written for it needs a `not` around them, unless it was written in the belief that the
    names tell the truth, so look at each use. Predicates on the length, with an empty list as `key`, leave no doubt.

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
              name: argsEmpty  # warning: SEL407
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
              name: argsFieldLenEqual
              args:
                key: []
                length: 0
    ```
    """
    if system.settings.predicates_module != "selinon.predicates":
        return
    for _, _, call in system.calls:
        clear = TURNED.get(call.predicate)
        if clear:
            yield Finding(
                call.decl.span_of_node(call.decl.name),
                f"`{call.predicate}` holds for what is empty; in the original it held for what is not",
                f"check which of the two is meant; `{clear}` with `key: []` and `length: 0` leaves no doubt",
            )
