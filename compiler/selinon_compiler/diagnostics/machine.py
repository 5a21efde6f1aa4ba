"""Diagnostics as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from selinon_compiler.diagnostics.diagnostic import Diagnostic
from selinon_compiler.source import Span


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Return `{"diagnostics": […]}`; lines and columns count from 1, paths are as given."""
    return json.dumps({"diagnostics": [_diagnostic(found) for found in diagnostics]}, indent=2)


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    return {
        "code": found.rule.code,
        "name": found.rule.name,
        "severity": found.severity.value,
        "message": found.message,
        **_place(found.path, found.span),
        "help": found.help,
        "related": [
            {"message": related.message, **_place(related.span.file.path, related.span)}
            for related in found.related
        ],
        "fix": found.fix
        and {
            **_place(found.fix.span.file.path, found.fix.span),
            "replacement": found.fix.replacement,
        },
    }


def _place(path: str, span: Span | None) -> dict[str, Any]:
    if span is None:
        return {"file": path, "line": 1, "column": 1, "end_line": 1, "end_column": 1}
    line, column = span.file.position(span.start)
    end_line, end_column = span.file.position(span.end)
    return {
        "file": path,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }
