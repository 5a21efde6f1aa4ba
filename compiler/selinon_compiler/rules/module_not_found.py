"""SEL210: modules that cannot be found."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import Problem, Reason, System
from selinon_compiler.source import Span

_PATH = "correct the name, or put the directory that holds the module on PYTHONPATH"

_ADAPTERS = (
    "this version has the adapters in `selinon.storages.memory` and `selinon.storages.filesystem`; for any other "
    "storage name a class of your own"
)


@rule("SEL210", severity=Severity.WARNING, since="2.0")
def module_not_found(system: System) -> Iterator[Finding]:
    """A module that the configuration refers to cannot be found.

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
            _help(problem),
        )


def _help(problem: Problem) -> str:
    """Return the module that may be meant; of storages, only adapters may be."""
    near = next(iter(problem.candidates), None)
    adapter = problem.module.startswith("selinon.storages.")
    if near and not (adapter and f"`{near}`" not in _ADAPTERS):
        return f"a module with a similar name exists: `{near}`"
    return _ADAPTERS if adapter else _PATH


def module_problems(system: System, reason: Reason) -> Iterator[tuple[Span, Problem]]:
    """Yield the modules at fault, each once, with the first place that names them."""
    problems: dict[str, tuple[Span, Problem]] = {}
    for reference in system.references:
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
