"""Source text and positions in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate

from selinon.record import Record

_BREAK = re.compile(r"\r\n?|\n")


_BLOCK = 65_536
"""Lines are looked for in pieces of about this many characters, so that a place in a huge file costs little."""


class SourceFile:
    """One input file, kept whole so that diagnostics can quote it; `path` is as the user gave it."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    def __repr__(self) -> str:
        return f"SourceFile({self.path!r})"

    @cached_property
    def _blocks(self) -> list[int]:
        """Return where blocks of whole lines start."""
        starts = [0]
        while found := _BREAK.search(self.text, starts[-1] + _BLOCK):
            starts.append(found.end())
        return starts

    @cached_property
    def _before(self) -> list[int]:
        """Return how many lines end before each block."""
        ends = [*self._blocks[1:], len(self.text)]
        return list(accumulate(map(self._breaks, self._blocks, ends), initial=0))[:-1]

    def _breaks(self, start: int, end: int) -> int:
        """Return how many lines end between two places, neither of which is inside of a line break."""
        count = self.text.count
        return count("\n", start, end) + count("\r", start, end) - count("\r\n", start, end)

    @cached_property
    def _found(self) -> dict[int, list[int]]:
        return {}

    def _starts(self, block: int) -> list[int]:
        """Return where the lines of a block start; behind its last line break, there is one more."""
        if block not in self._found:
            start, *rest = self._blocks[block : block + 2]
            breaks = _BREAK.finditer(self.text, start, *rest)
            self._found[block] = [start, *(found.end() for found in breaks)]
        return self._found[block]

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column, both from 1, of a character given by its offset in code points."""
        block = bisect_right(self._blocks, offset) - 1
        starts = self._starts(block)
        line = bisect_right(starts, offset)
        return self._before[block] + line, offset - starts[line - 1] + 1

    def lines(self, offsets: Iterable[int]) -> dict[int, int]:
        """Return the lines, from 1, of characters by their offsets, none of which is inside of a line break.

        For things that stand near each other this takes less than to ask for the position of each.
        """
        found: dict[int, int] = {}
        place, line = -1, 0
        for offset in sorted(offsets):
            block = bisect_right(self._blocks, offset) - 1
            if place < self._blocks[block]:
                place, line = self._blocks[block], self._before[block] + 1
            line += self._breaks(place, offset)
            place = offset
            found[offset] = line
        return found

    def bounds(self, number: int) -> tuple[int, int]:
        """Return where a line, numbered from 1, starts and ends, without its line break."""
        block = bisect_left(self._before, number) - 1
        starts = self._starts(block)
        index = number - self._before[block] - 1
        if index + 1 == len(starts):
            return starts[index], len(self.text)
        end = starts[index + 1] - 1
        return starts[index], end - (self.text[end - 1 : end + 1] == "\r\n")

    def line(self, number: int) -> str:
        """Return a line, numbered from 1, without its line break."""
        return self.text[slice(*self.bounds(number))]


class Span(Record):
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
