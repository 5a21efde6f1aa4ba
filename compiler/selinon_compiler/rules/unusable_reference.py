"""SEL213: what is found in a module, but cannot be used as what it is to be."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import Definition, Kind, Role, System

UNUSABLE = frozenset({Kind.VALUE, Kind.COROUTINE, Kind.GENERATOR})
CLASSES = frozenset({Role.TASK, Role.STORAGE, Role.CACHE})


@rule("SEL213", severity=Severity.ERROR, since="2.0")
def unusable_reference(system: System) -> Iterator[Finding]:
    """A name is found in its module, but it cannot be what it is used for.

    A task, a storage or a cache needs a class, and `foreach`, a strategy, a trace or a selective run a function. A
    number or a list can be neither. A coroutine function only returns a coroutine, which nothing here waits for, and
    a generator function does not even begin to run; it will do for `foreach`, whose items it yields.

    Modules are read, never run, so this is only reported where their text leaves no doubt.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: selinon.abi
        classname: ABI_VERSION  # error: SEL213
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
        if not isinstance(found, Definition) or found.kind not in UNUSABLE:
            continue
        if reference.role in CLASSES:
            wanted = "a class"
        elif found.kind is Kind.GENERATOR and reference.role is Role.FOREACH:
            continue
        else:
            wanted = "a function"
        yield Finding(
            reference.name_span,
            f"`{reference.name}` in `{reference.module}`, the {reference.what}, is {found.kind.value}",
            f"name {wanted}",
        )
