"""SEL210: modules that cannot be found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.language import Section
from selinon_compiler.model import Lookup, Problem, Reason, Storage, System, Task
from selinon_compiler.source import Span


@rule("SEL210", severity=Severity.WARNING, since="2.0")
def module_not_found(system: System) -> Iterator[Finding]:
    """A module that tasks, storages, conditions or `foreach` refer to cannot be found.

    Modules are looked for in the working directory and on Python's path; they are read, never run. Where a
    configuration is compiled without the code it refers to, this is only to be expected, and names in the module are
    not checked. Each module is reported once.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.taks  # warning: SEL210
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
    for span, problem in module_problems(system, Reason.NO_MODULE):
        yield Finding(
            span,
            f"there is no module `{problem.module}`",
            "correct the name, or put the directory that holds the module on PYTHONPATH",
        )


class Reference(NamedTuple):
    """A name in a module that a declaration refers to.

    `what` says what it is to be, `keys` are those of the declaration of which the first that is stated holds the name.
    """

    what: str
    name: str
    found: Lookup
    decl: Section
    keys: tuple[str, ...]

    @property
    def module_span(self) -> Span:
        """Return where the module is named."""
        return self.decl.span_of("import")

    @property
    def name_span(self) -> Span:
        """Return where the name stands."""
        return self.decl.span_of(*self.keys)


def references(system: System) -> Iterator[Reference]:
    """Yield what tasks, storages and foreach refer to, in the order in which it is written."""
    declared: list[Task | Storage] = [*system.tasks.values(), *system.storages.values()]
    for thing in sorted(declared, key=lambda thing: thing.decl.start):
        yield Reference(
            what=f"class of {'task' if isinstance(thing, Task) else 'storage'} `{thing.name}`",
            name=thing.decl.classname or thing.name,
            found=thing.found,
            decl=thing.decl,
            keys=("classname", "name"),
        )
    for declared_flow in system.declared_flows:
        flow = system.flows[declared_flow.name.value]
        for edge in flow.edges if flow.decl is declared_flow else ():
            if edge.foreach:
                yield Reference(
                    what="function",
                    name=edge.foreach.decl.function,
                    found=edge.foreach.found,
                    decl=edge.foreach.decl,
                    keys=("function",),
                )


def module_problems(system: System, reason: Reason) -> Iterator[tuple[Span, Problem]]:
    """Yield the modules at fault, each once, with the first place that names them."""
    problems: dict[str, tuple[Span, Problem]] = {}
    for reference in references(system):
        found = reference.found
        if isinstance(found, Problem) and found.reason is reason and found.module not in problems:
            problems[found.module] = reference.module_span, found
    settings = system.settings.decl
    if settings and settings.predicates_module:
        for _, _, call in system.calls:
            found = call.found
            if isinstance(found, Problem) and found.reason is reason:
                problems.setdefault(found.module, (settings.span_of("predicates_module"), found))
    yield from problems.values()
