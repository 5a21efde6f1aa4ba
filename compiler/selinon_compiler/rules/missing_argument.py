"""SEL402: predicates that lack arguments."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, not_meant, rule
from selinon_compiler.model import System


@rule("SEL402", severity=Severity.ERROR, since="2.0")
def missing_argument(system: System) -> Iterator[Finding]:
    """A condition does not give an argument that its predicate requires.

    The parameters `message` and `node_args` of a predicate get the result of a task and the flow's arguments. All
    others without a default must be stated under `args`. Where an argument is given that the predicate does not take,
    only that is reported (SEL403): it may be the one that is missing.

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
              name: argsFieldEqual  # error: SEL402
              args:
                key: day
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
    for call in system.unusual_calls:
        if call.signature is None or (call.decl.args is None and not call.decl.intact):
            continue
        missing = [name for name in call.signature.required if name in call.signature.to_state]
        missing = [name for name in missing if name not in call.arguments]
        if not call.signature.open:
            strange = [name for name in call.arguments if not call.signature.takes(name)]
            missing = not_meant(missing, strange)
        if missing:
            names = ", ".join(f"`{name}`" for name in missing)
            yield Finding(
                call.decl.span_of_node(call.decl.name),
                f"`{call.predicate}` lacks the argument{'s' * (len(missing) > 1)} {names}",
                f"state {names} under `args`",
            )
