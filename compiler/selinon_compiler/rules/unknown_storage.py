"""SEL204: names of storages that refer to nothing."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Related, Severity, did_you_mean, rule
from selinon_compiler.frontend.nodes import Scalar
from selinon_compiler.language import Section
from selinon_compiler.model import System
from selinon_compiler.rules.unknown_node import MOST_COMPARED, stated_names


@rule("SEL204", severity=Severity.ERROR, since="2.0")
def unknown_storage(system: System) -> Iterator[Finding]:
    """A task, or the trace, names a storage that is not declared.

    Storages are declared under `storages` in the nodes file.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memroy  # error: SEL204
    storages:
      - name: Memory
        import: selinon.storages.memory
        classname: InMemoryStorage
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
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """
    unreadable = stated_names(system.nodes_file, "storages")
    similar: dict[str, str | None] = {}
    for what, section, label in storage_uses(system):
        name = label.value
        if name in system.storages or name in unreadable:
            continue
        if name not in similar:
            few = len(similar) < MOST_COMPARED
            similar[name] = did_you_mean(name, system.storages) if few else None
        storage = system.storages.get(similar[name] or "")
        near = storage and storage.decl
        yield Finding(
            section.span_of_node(label),
            f"{what} uses the storage `{name}`, which is not declared",
            f"a storage with a similar name exists: `{near.name.value}`" if near else None,
            (Related(near.span_of_node(near.name), "it is declared here"),) if near else (),
        )


def storage_uses(system: System) -> Iterator[tuple[str, Section, Scalar]]:
    """Yield who uses a storage, in which section, and the name it states."""
    for task in system.nodes_file.tasks:
        if task.storage:
            yield f"task `{task.name.value}`", task, task.storage
    settings = system.settings.decl
    for sink in settings.trace if settings and not isinstance(settings.trace, bool) else ():
        if sink.storage:
            yield "the trace", sink.storage, sink.storage.name
