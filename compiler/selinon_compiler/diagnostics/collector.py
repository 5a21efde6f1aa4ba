"""The collector that every pass reports to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from selinon_compiler.diagnostics.diagnostic import Diagnostic, Fix, Related
from selinon_compiler.diagnostics.rule import Finding, Rule, Severity
from selinon_compiler.source import Span

MOST: Final = 200
"""So many diagnostics of one rule are kept for one file; the others are only counted."""

LONGEST: Final = 1000
"""Longer texts, which quote something huge, are cut in the middle."""


class Diagnostics:
    """Collects diagnostics; they come out sorted by place, each once.

    Of those that one rule finds in one file, the first `MOST` come out, and one more that counts the others.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int, str, str], Diagnostic] = {}
        self._kept: Counter[tuple[str, str]] = Counter()
        self._more: dict[tuple[str, str], tuple[Diagnostic, set[int]]] = {}
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
            message=_cut(message),
            help=help and _cut(help),
            related=tuple(Related(one.span, _cut(one.message)) for one in related),
            fix=fix,
        )
        self._keep(diagnostic)

    def _keep(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic unless it is known; of two that differ in severity the error stays."""
        order = diagnostic.order
        is_error = diagnostic.severity is Severity.ERROR
        known = self._found.get(order)
        if known is not None:
            if is_error and known.severity is Severity.WARNING:
                self._errors += 1
                self._found[order] = diagnostic
            return
        kind = diagnostic.path, diagnostic.rule.code
        if self._kept[kind] < MOST:
            self._kept[kind] += 1
            self._errors += is_error
            self._found[order] = diagnostic
            return
        _, places = self._more.setdefault(kind, (diagnostic, set()))
        self._errors += is_error and hash(order) not in places
        places.add(hash(order))

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
        yield from [self._found[order] for order in sorted(self._found)]
        for kind in sorted(self._more):
            first, places = self._more[kind]
            message = f"{len(places):,} more like the ones above are not shown"
            yield Diagnostic(
                rule=first.rule,
                severity=first.severity,
                path=first.path,
                span=None,
                message=message,
            )

    def __len__(self) -> int:
        return len(self._found) + len(self._more)

    @property
    def errors(self) -> int:
        """Return the number of errors, those that do not come out included."""
        return self._errors

    @property
    def warnings(self) -> int:
        """Return the number of warnings, those that do not come out included."""
        more = sum(len(places) for _, places in self._more.values())
        return len(self._found) + more - self._errors


def _cut(text: str) -> str:
    """Return a text of bounded length; both of its ends stay."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2]}…{text[-LONGEST // 4 :]}"
