"""One finding, as data."""

from __future__ import annotations

from selinon.record import Record
from selinon_compiler.diagnostics.rule import Rule, Severity
from selinon_compiler.source import Span


class Related(Record):
    """Another place that explains a finding."""

    span: Span
    message: str


class Fix(Record):
    """Text that mends a finding when it replaces what stands at a place."""

    span: Span
    replacement: str


class Diagnostic(Record):
    """One finding: by which rule, where, what, and what to do about it.

    `span` is None for a finding about a file as a whole, which may not even be readable; `path` always names it.
    """

    rule: Rule
    severity: Severity
    path: str
    span: Span | None
    message: str
    help: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Return by what diagnostics are sorted."""
        start, end = (self.span.start, self.span.end) if self.span else (-1, -1)
        return self.path, start, end, self.rule.code, self.message
