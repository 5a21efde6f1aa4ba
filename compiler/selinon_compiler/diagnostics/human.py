"""Diagnostics as text for people, in the manner of rustc."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from selinon_compiler.diagnostics.diagnostic import Diagnostic
from selinon_compiler.diagnostics.rule import Severity
from selinon_compiler.source import Span

WIDTH = 160
"""A quoted line is cut to about this many characters around the span."""

_COLORS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def render_human(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """Return all diagnostics and a line that counts them; an empty text when there are none."""
    found = list(diagnostics)
    if not found:
        return ""
    blocks = ["\n".join(_diagnostic(one, color)) + "\n" for one in found]
    return "\n".join([*blocks, _summary(found)]) + "\n"


def _summary(found: list[Diagnostic]) -> str:
    errors = sum(one.severity is Severity.ERROR for one in found)
    counts = [(errors, "error"), (len(found) - errors, "warning")]
    return ", ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in counts if count)


def _diagnostic(found: Diagnostic, color: bool) -> Iterator[str]:
    title, message = f"{found.severity.value}[{found.rule.code}]", _visible(found.message)
    if color:
        yield f"{_COLORS[found.severity]}{title}{_PLAIN}{_BOLD}: {message}{_PLAIN}"
    else:
        yield f"{title}: {message}"
    margin = ""
    if found.span is None:
        yield f" --> {_visible(found.path)}"
    else:
        margin = " " * len(str(found.span.line))
        yield f"{margin}--> {_where(found.span)}"
        yield from _quote(found.span, margin)
    for related in found.related:
        yield f"{margin} = note: {_visible(related.message)} ({_where(related.span)})"
    if found.help:
        yield f"{margin} = help: {_visible(found.help)}"


def _where(span: Span) -> str:
    line, column = span.file.position(span.start)
    return f"{_visible(span.file.path)}:{line}:{column}"


def _quote(span: Span, margin: str) -> Iterator[str]:
    """Show the first line of a span, with carets below it."""
    number, _ = span.file.position(span.start)
    first, last = span.file.bounds(number)
    start = min(span.start, last)
    end = min(max(span.end, start + 1), max(last, start + 1))
    cut = max(first, min(start - WIDTH // 2, last - WIDTH))
    limit = min(cut + WIDTH, last)
    text = span.file.text
    shown, before = text[cut:limit], _visible(text[cut:start])
    marked = _visible(text[start : min(end, cut + WIDTH)]) if start < last else ""
    yield f"{margin} |"
    left, right = "…" * (cut > first), "…" * (limit < last)
    yield f"{number} | {left}{_visible(shown)}{right}".rstrip()
    yield f"{margin} | {' ' * (_columns(before) + len(left))}{'^' * max(1, _columns(marked))}"


def _visible(text: str) -> str:
    """Return a text with what would disturb a terminal as escapes; tabs become four blanks."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    if character == "\t":
        return "    "
    return character.encode("unicode_escape").decode("ascii")


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):  # it sits on the character before
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
