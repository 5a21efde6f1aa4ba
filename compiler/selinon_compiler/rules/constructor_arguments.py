"""SEL814: storages and caches whose classes do not take their configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from selinon_compiler.diagnostics import Finding, Severity, did_you_mean, rule
from selinon_compiler.language import CacheDecl, StorageDecl
from selinon_compiler.model import Problem, Reference, Role, Signature, System
from selinon_compiler.model.references import misread


@rule("SEL814", severity=Severity.ERROR, since="2.0")
def constructor_arguments(system: System) -> Iterator[Finding]:
    """A storage or a cache is configured with what its class does not take.

    A mapping under `configuration` gives the arguments of the constructor by name; anything else is its only
    argument. The class could not be made when it is first needed.

    The constructor is only known where the class itself defines it; otherwise nothing is said.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memory
    storages:
      - name: Memory
        import: selinon.storages.memory
        classname: InMemoryStorage
        configuration:
          ehco: true  # error: SEL814
    flows: [daily]
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
        storage: Memory
    storages:
      - name: Memory
        import: selinon.storages.memory
        classname: InMemoryStorage
        configuration:
          echo: true
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """
    for reference in system.references:
        found = reference.found
        if isinstance(found, Problem) or found.constructor is None:
            continue
        if reference.role is Role.STORAGE or (
            reference.role is Role.CACHE and reference.section.states("configuration")
        ):
            yield from _check(reference, found.constructor)


def _check(reference: Reference, taken: Signature) -> Iterator[Finding]:
    section = reference.section
    assert isinstance(section, StorageDecl | CacheDecl), "only these are configured"
    configuration = section.configuration
    known = ", ".join(f"`{name}`" for name in taken.names) or "nothing"
    if misread(section, "configuration"):
        return
    if configuration is not None and not isinstance(configuration, Mapping):
        if not taken.accepts(1):
            yield Finding(
                section.span_of("configuration"),
                f"`{reference.name}` cannot be made with one argument",
                f"it takes {known}; state a mapping of these",
            )
        return
    arguments = configuration or {}
    for name in arguments:
        if not taken.takes(name) and not taken.open:
            value = section.node.value["configuration"].value[name]
            near = did_you_mean(name, taken.names)
            yield Finding(
                section.span_of_node(value.key or value),
                f"`{reference.name}` takes no argument `{name}`",
                f"an argument with a similar name exists: `{near}`"
                if near
                else f"it takes {known}",
            )
    missing = ", ".join(f"`{name}`" for name in taken.required if name not in arguments)
    if missing and all(taken.open or taken.takes(name) for name in arguments):
        yield Finding(
            reference.name_span,
            f"`{reference.name}` cannot be made without {missing}",
            f"state {missing} under `configuration`",
        )
