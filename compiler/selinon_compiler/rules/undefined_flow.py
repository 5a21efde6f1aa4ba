"""SEL205: flows that are listed, but not defined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from selinon_compiler.diagnostics import Finding, Related, Severity, did_you_mean, rule
from selinon_compiler.frontend.nodes import Scalar
from selinon_compiler.model import System
from selinon_compiler.rules.unknown_node import MOST_COMPARED


@rule("SEL205", severity=Severity.ERROR, since="2.0")
def undefined_flow(system: System) -> Iterator[Finding]:
    """A flow is listed under `flows`, but no file defines it.

    Each listed flow needs a definition with at least one edge under `flow-definitions` of one of the flow files.
    Perhaps the file with the definition was not given.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows:
      - daily
      - nightly  # error: SEL205
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows:
      - daily
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """
    reported: set[str] = set()
    for entry, near in undefined_flows(system):
        if entry.value in reported:
            continue
        reported.add(entry.value)
        definition = system.flows[near].decl if near else None
        yield Finding(
            system.nodes_file.span_of_node(entry),
            f"flow `{entry.value}` is listed, but no file defines it",
            f"a flow with a similar name is defined, but not listed: `{near}`"
            if near
            else "define it under `flow-definitions`, or pass the file that does",
            (Related(definition.span_of_node(definition.name), "it is defined here"),)
            if definition
            else (),
        )


def undefined_flows(system: System) -> Iterator[tuple[Scalar, str | None]]:
    """Yield the listed flows without a definition, each with the unlisted flow whose name is most similar."""
    listed = {name.value for name in system.listed}
    unlisted: Mapping[str, object] = {
        name: flow for name, flow in system.flows.items() if name not in listed
    }
    compared = 0
    for entry in system.listed:
        if entry.value in system.flows or entry.value in system.tasks:
            continue
        compared += 1
        yield entry, did_you_mean(entry.value, unlisted) if compared <= MOST_COMPARED else None
