"""The collector that every pass reports to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from selinon_compiler.diagnostics.diagnostic import Diagnostic, Fix, Related
from selinon_compiler.diagnostics.rule import Finding, Rule, Severity
from selinon_compiler.source import Span


class Diagnostics:
    """Collects diagnostics; they come out sorted by place, each once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int, str, str], Diagnostic] = {}
        self._errors = 0

    def report(
        self,
        rule: Rule,
        span: Span | str,
        message: str,
        *,
        help: str | None = None,
        related: Iterable[Related] = (),
        fix: Fix | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Add a diagnostic; a path in place of a span means the file as a whole."""
        path, place = (span, None) if isinstance(span, str) else (span.file.path, span)
        diagnostic = Diagnostic(
            rule=rule,
            severity=severity or rule.severity,
            path=path,
            span=place,
            message=message,
            help=help,
            related=tuple(related),
            fix=fix,
        )
        self._keep(diagnostic)

    def _keep(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic unless it is known; of two that differ in severity the error stays."""
        known = self._found.get(diagnostic.order)
        if known is not None and known.severity is not Severity.WARNING:
            return
        self._errors += diagnostic.severity is Severity.ERROR
        if known is None or diagnostic.severity is Severity.ERROR:
            self._found[diagnostic.order] = diagnostic

    def add(self, rule: Rule, finding: Finding, severity: Severity | None = None) -> None:
        """Add what a check found."""
        self.report(
            rule,
            finding.span,
            finding.message,
            help=finding.help,
            related=finding.related,
            fix=finding.fix,
            severity=severity,
        )

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter([self._found[order] for order in sorted(self._found)])

    def __len__(self) -> int:
        return len(self._found)

    @property
    def errors(self) -> int:
        """Return the number of errors."""
        return self._errors

    @property
    def warnings(self) -> int:
        """Return the number of warnings."""
        return len(self._found) - self._errors
