"""What scalars with and without a tag mean in one file, with what is wrong or surprising reported."""

from __future__ import annotations

from typing import Any, Final

from selinon_compiler.diagnostics import Diagnostics, Fix
from selinon_compiler.frontend import codes
from selinon_compiler.frontend.nodes import BROKEN
from selinon_compiler.frontend.scalars import (
    LONGEST_NUMBER,
    MERGE,
    TAG,
    Meanings,
    plain,
    surprising,
    tagged,
)
from selinon_compiler.source import SourceFile, Span

_QUOTE: Final = "quote it if it is meant as text"
_SHOWN: Final = 40
"""So many characters of a text are quoted in a message."""


class ScalarReader:
    """Resolves the scalars of one file; offsets count code points."""

    def __init__(self, file: SourceFile, diagnostics: Diagnostics, meanings: Meanings) -> None:
        self.file = file
        self.diagnostics = diagnostics
        self.meanings = meanings

    def plain(self, text: str, start: int, end: int) -> Any:
        """Return what an unquoted scalar means; report it when that is nothing (`BROKEN`), or a surprise."""
        try:
            value = plain(text)
        except ValueError:
            long = len(text) > LONGEST_NUMBER
            what = (
                "is too long for a number" if long else "looks like a number or a date, but is none"
            )
            return self._invalid(text, start, end, what)
        if _too_long(value):
            return self._invalid(text, start, end, f"has more than {LONGEST_NUMBER:,} digits")
        if value is not MERGE and surprising(text, value):  # the next one is to be reported, too
            self._look_alike(text, start, end, str(value).lower())
        else:
            self.meanings[text] = value
        return value

    def _look_alike(self, text: str, start: int, end: int, meant: str) -> None:
        span = Span(self.file, start, end)
        self.diagnostics.report(
            codes.LOOK_ALIKE,
            span,
            f"`{short(text)}` is read as `{short(meant)}`",
            help=f"write `{short(meant)}`, or {_QUOTE}",
            fix=Fix(span, meant),
        )

    def _invalid(
        self, text: str, start: int, end: int, what: str, help: str | None = _QUOTE
    ) -> object:
        """Report a scalar without a value."""
        span = Span(self.file, start, end)
        self.diagnostics.report(codes.VALUE, span, f"`{short(text)}` {what}", help=help)
        return BROKEN

    def tagged(self, tag: str, text: str, start: int, end: int) -> Any:
        """Return the value of a scalar with a tag; report one that is unknown or does not fit (`BROKEN`)."""
        if tag in ("!", TAG + "str"):
            return text
        if not tag.startswith(TAG):
            return self._unknown_tag(tag, start, end)
        name = tag.removeprefix(TAG)
        try:
            value = tagged(name, text)
        except KeyError:
            return self._unknown_tag(tag, start, end)
        except ValueError:
            return self._invalid(text, start, end, f"is not a value of `!!{name}`", help=None)
        if _too_long(value):
            return self._invalid(text, start, end, f"has more than {LONGEST_NUMBER:,} digits")
        return value

    def check_collection(self, tag: str, own: str, start: int, end: int) -> bool:
        """Return whether the tag of a collection says what the collection is, `own`; report it if not."""
        fits = tag in ("!", TAG + own)
        if not fits:
            self._unknown_tag(tag, start, end)
        return fits

    def _unknown_tag(self, tag: str, start: int, end: int) -> object:
        """Report a tag whose meaning is not known."""
        shown = "!!" + tag.removeprefix(TAG) if tag.startswith(TAG) else tag
        message = f"the tag `{short(shown)}` is not supported here"
        self.diagnostics.report(codes.TAG, Span(self.file, start, end), message)
        return BROKEN


def _too_long(value: object) -> bool:
    """Return whether Python would refuse to print a number (a long one in hexadecimal digits)."""
    return type(value) is int and value.bit_length() > 12_000 and abs(value) >= 10**LONGEST_NUMBER


def short(text: str) -> str:
    """Return a text as a message quotes it."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
