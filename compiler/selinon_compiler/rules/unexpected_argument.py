"""SEL403: arguments that a predicate does not take."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, did_you_mean, rule
from selinon_compiler.language import LeafDecl
from selinon_compiler.model import PROVIDED, Signature, System
from selinon_compiler.source import Span

COMPARING = {"fieldExist": "fieldEqual", "argsFieldExist": "argsFieldEqual"}
"""Predicates that are often given a value to compare with, and those that compare."""


@rule("SEL403", severity=Severity.ERROR, since="2.0")
def unexpected_argument(system: System) -> Iterator[Finding]:
    """A condition gives its predicate an argument that it does not take.

    The predicate would fail whenever it is called. `message` and `node_args` cannot be stated either: they get the
    result of a task and the flow's arguments.

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
              name: argsFieldExist
              args:
                key: day
                value: Monday  # error: SEL403
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
        if call.signature is None:
            continue
        for name in call.arguments:
            if name in PROVIDED and call.signature.takes(name):
                yield Finding(
                    argument_span(call.decl, name),
                    f"the argument `{name}` of `{call.predicate}` cannot be stated",
                    f"remove it; `{name}` gets its value when the condition is evaluated",
                )
            elif not call.signature.takes(name) and not call.signature.open:
                yield Finding(
                    argument_span(call.decl, name),
                    f"`{call.predicate}` takes no argument `{name}`",
                    _help(call.predicate, name, call.signature),
                )


def argument_span(decl: LeafDecl, name: str) -> Span:
    """Return where the name of an argument stands."""
    value = decl.node.value["args"].value[name]
    return decl.span_of_node(value.key or value)


def _help(predicate: str, name: str, signature: Signature) -> str:
    comparing = COMPARING.get(predicate)
    if comparing and name == "value":
        return f"`{predicate}` only looks whether there is a value; `{comparing}` compares it"
    taken = [parameter for parameter in signature.names if parameter not in PROVIDED]
    near = did_you_mean(name, taken)
    if near:
        return f"an argument with a similar name exists: `{near}`"
    return (
        f"it takes {', '.join(f'`{parameter}`' for parameter in taken)}"
        if taken
        else "it takes none"
    )
