"""Look whether the environment holds what a configuration refers to.

    before: queue: '{PREFIX}_load'
    after:  error[SEL813]: the environment variable `PREFIX` is not set

References stay in a package, so this is only of interest where a configuration is about to be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from selinon.abi import environment_names
from selinon_compiler.diagnostics import Diagnostics, Severity, declare
from selinon_compiler.language import FlowDecl, Section, TaskDecl
from selinon_compiler.model import System

UNSET_VARIABLE = declare(
    "SEL813",
    "unset-variable",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A value refers to an environment variable that is not set.

    Names of queues, the directory of migrations and the address of Sentry may refer to variables. They need to be set
    where a configuration is used or inspected; `check` and `build` need none of them, since a package holds the
    references. Suppose `PREFIX` is not set. Then

    ```text
    queue: '{PREFIX}_load'
    ```

    is reported by `selinon-cli inspect`.
    """,
)


def check_environment(
    system: System, diagnostics: Diagnostics, environment: Mapping[str, str]
) -> None:
    """Report the variables that are referred to and that an environment does not hold, each at the first place."""
    known = set(environment)
    for section, key, template in _templates(system):
        for name in environment_names(template) if "{" in template else ():
            if name not in known:
                known.add(name)
                diagnostics.report(
                    UNSET_VARIABLE,
                    section.span_of(key),
                    f"the environment variable `{name}` is not set",
                    help=f"set `{name}`, or write `{{{{` for a literal brace",
                )


def _templates(system: System) -> Iterator[tuple[Section, str, str]]:
    declared: list[TaskDecl | FlowDecl] = [*system.nodes_file.tasks, *system.declared_flows]
    for decl in declared:
        if decl.queue:
            yield decl, "queue", decl.queue
    settings = system.settings.decl
    if settings:
        for key in ("default_task_queue", "default_dispatcher_queue", "migration_dir"):
            yield settings, key, getattr(settings, key) or ""
        for sink in () if isinstance(settings.trace, bool) else settings.trace:
            if sink.sentry:
                yield sink.sentry, "dsn", sink.sentry.dsn
