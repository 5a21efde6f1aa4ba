"""SEL212: modules that are not Python."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, rule
from selinon_compiler.model import Reason, System
from selinon_compiler.rules.module_not_found import module_problems


@rule("SEL212", severity=Severity.ERROR, since="2.0")
def broken_module(system: System) -> Iterator[Finding]:
    """A module that the configuration refers to has a syntax error.

    No worker could load it, so no task of it would ever run. Suppose `myapp/tasks.py` begins with a class whose colon
    was forgotten:

    ```python
    class Load
        ...
    ```

    Then `import: myapp.tasks` is reported, at the first place that names the module, together with the line at fault.
    """
    for span, problem in module_problems(system, Reason.BROKEN):
        yield Finding(
            span,
            f"module `{problem.module}` has a syntax error: {problem.detail}",
            "correct the module",
        )
