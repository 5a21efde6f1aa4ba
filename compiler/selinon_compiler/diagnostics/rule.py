"""Rules: what a diagnostic is about. Each is declared once, where it is reported."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from selinon.record import Record
from selinon_compiler.source import Span

if TYPE_CHECKING:
    from selinon_compiler.diagnostics.diagnostic import Fix, Related


class Severity(Enum):
    """How bad a finding is: an error ends in exit status 1, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Rule(Record):
    """What a diagnostic is about; exactly one exists per code, and codes are never used again."""

    code: str
    name: str
    severity: Severity
    since: str
    text: str

    @property
    def doc(self) -> str:
        """Return the documentation: `text` without the indentation that it has in the code."""
        return inspect.cleandoc(self.text)

    @property
    def title(self) -> str:
        """Return the first line of the documentation."""
        return self.doc.partition("\n")[0]

    @property
    def explanation(self) -> str:
        """Return the documentation below its first line, as Markdown."""
        return self.doc.partition("\n")[2].strip()

    def examples(self) -> list[str]:
        """Return the YAML files shown in the documentation; comments in them name the codes to be reported."""
        return re.findall(r"```yaml\n(.*?)```", self.doc, re.DOTALL)


class Finding(Record):
    """What a check yields: a place, a message, and perhaps more."""

    span: Span
    message: str
    help: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


Check = Callable[[Any], Iterable[Finding]]

RULES: Final[dict[str, Rule]] = {}
"""All rules by code."""

RETIRED: Final[Mapping[str, str]] = {
    "SEL199": "It was reported for keys that had no effect yet; they have one now.",
}
"""Codes that are no longer reported, and what became of each: a code is never given to another rule."""

CHECKS: Final[dict[str, Check]] = {}
"""The rules that are checked by a function of their own, by code."""


def declare(code: str, name: str, *, severity: Severity, since: str, doc: str) -> Rule:
    """Declare a rule that is reported where something is read or resolved."""
    assert code not in RETIRED, f"{code} meant something else once"
    declared = Rule(code=code, name=name, severity=severity, since=since, text=doc)
    assert RULES.setdefault(code, declared) is declared, f"{code} is already {RULES[code].name}"
    return declared


def rule(
    code: str, *, severity: Severity = Severity.ERROR, since: str = "2.0"
) -> Callable[[Check], Check]:
    """Make a generator of findings a rule: its name names the rule, its docstring documents it."""

    def wrap(check: Check) -> Check:
        name = getattr(check, "__name__", "").replace("_", "-")
        declare(code, name, severity=severity, since=since, doc=check.__doc__ or "")
        CHECKS[code] = check
        return check

    return wrap


def findings(subject: object) -> Iterator[tuple[Rule, Finding]]:
    """Run every check over a subject."""
    for code in sorted(CHECKS):
        for finding in CHECKS[code](subject):
            yield RULES[code], finding
