"""Source text and positions in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, eq=False)
class SourceFile:
    """One input file, kept whole so that diagnostics can quote it; `path` is as the user gave it."""

    path: str
    text: str = field(repr=False)

    @cached_property
    def _starts(self) -> list[int]:
        if "\r" in self.text:
            return [0, *(match.end() for match in _BREAK.finditer(self.text))]
        lengths = accumulate(map(len, self.text.split("\n")[:-1]))
        return [0, *(length + number for number, length in enumerate(lengths, 1))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column, both from 1, of a character given by its offset in code points."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return a line, numbered from 1, without its line break."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters of one file, counted in code points."""

    file: SourceFile
    start: int
    end: int

    @property
    def text(self) -> str:
        """Return what stands there."""
        return self.file.text[self.start : self.end]

    @property
    def line(self) -> int:
        """Return the line of the first character, from 1."""
        return self.file.position(self.start)[0]

    @property
    def column(self) -> int:
        """Return the column of the first character, from 1."""
        return self.file.position(self.start)[1]

    @property
    def end_line(self) -> int:
        """Return the line of the position behind the last character, from 1."""
        return self.file.position(self.end)[0]

    @property
    def end_column(self) -> int:
        """Return the column of the position behind the last character, from 1."""
        return self.file.position(self.end)[1]
