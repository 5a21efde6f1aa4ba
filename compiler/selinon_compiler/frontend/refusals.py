"""Why PyYAML's parser refused a text: where, and what to do about it."""

from __future__ import annotations

import re
from typing import Final

import yaml
from yaml.reader import Reader

from selinon_compiler.diagnostics import Diagnostics, Related
from selinon_compiler.frontend import codes
from selinon_compiler.source import SourceFile, Span

_REFERENCE_FIRST: Final = re.compile(r"(?:^|[:\-,\[])\s*\{[A-Za-z_][A-Za-z0-9_]*\}[^\s,}\]]")
_ESCAPED_TAG: Final = re.compile(r"!\S*%\S*")
_LOOKED_AT: Final = 10_000
"""So many characters of a line are searched for what may be wrong with it."""

_MESSAGE_HELP: Final = {
    "mapping values are not allowed in this context": "a value that contains `: ` must be quoted",
    "found character that cannot start any token": "a value that starts like this must be quoted",
}


def report_character(file: SourceFile, diagnostics: Diagnostics, reason: str) -> None:
    """Report the first character that YAML does not allow; the parser tells its place in bytes."""
    # A text that starts with a byte order mark is refused for this one: the first was taken off with the file's coding.
    forbidden = re.compile("\ufeff") if file.text.startswith("\ufeff") else Reader.NON_PRINTABLE
    found = forbidden.search(file.text)
    start, end = found.span() if found else (0, 0)
    message = f"{reason}: U+{ord(found[0]):04X}" if found else reason
    diagnostics.report(codes.CHARACTER, Span(file, start, end), message)


def report_syntax(file: SourceFile, diagnostics: Diagnostics, error: yaml.MarkedYAMLError) -> None:
    """Report where a text ceases to be YAML, and what the parser was reading there."""
    if "nesting" in str(error.problem):  # newer versions of the parser have a limit of their own
        _report_nesting(file, diagnostics, error)
        return
    size = len(file.text)
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    place = min(mark.index, size) if mark else 0
    related = []
    if error.context and error.problem and context is not None and context.index < place:
        related.append(Related(Span(file, context.index, context.index), str(error.context)))
    diagnostics.report(
        codes.SYNTAX,
        Span(file, place, min(place + 1, size)),
        str(error.problem or error.context),
        help=_help(file, place, str(error.problem)),
        related=related,
    )


def _report_nesting(
    file: SourceFile, diagnostics: Diagnostics, error: yaml.MarkedYAMLError
) -> None:
    """Report where the parser gives up on brackets within brackets."""
    place = min(error.problem_mark.index if error.problem_mark else 0, len(file.text))
    span = Span(file, place, min(place + 1, len(file.text)))
    diagnostics.report(codes.LIMIT, span, "nested too deeply")


def report_tag(file: SourceFile, diagnostics: Diagnostics) -> None:
    """Report the tag whose escapes (`!%ED%A0%80`) make no text; the parser does not tell its place."""
    from urllib.parse import unquote

    for found in _ESCAPED_TAG.finditer(file.text):
        try:
            unquote(found[0], errors="strict")
        except UnicodeDecodeError:
            start, end = found.span()
            break
    else:
        start, end = 0, 0
    message = "the escapes of this tag are not UTF-8"
    diagnostics.report(codes.SYNTAX, Span(file, start, end), message)


def _help(file: SourceFile, place: int, problem: str) -> str | None:
    number, _ = file.position(place)
    lines = [file.line(line)[:_LOOKED_AT] for line in (number, number - 1) if line > 0]
    if any(_REFERENCE_FIRST.search(line) for line in lines):
        return "a value that starts with a reference such as `{NAME}` must be quoted"
    if any("\t" in line[: len(line) - len(line.lstrip())] for line in lines):
        return "indent with blanks: YAML does not allow tabs there"
    return _MESSAGE_HELP.get(problem)
