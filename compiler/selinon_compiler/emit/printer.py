"""Lay expressions out on lines just as black would, so that black changes no byte of them.

What fits in 88 columns stands on one line, without a trailing comma; what does not stands with one
item a line and a trailing comma, which black takes as the wish to keep it so. Emitted text is
ASCII: every character is one column.

>>> print(print_statement("NAMES = ", Group("(", (("", "1"),), ")")).text)
NAMES = (1,)
"""

from __future__ import annotations

from typing import assert_never

from selinon.record import Record
from selinon_compiler.emit.layout import (
    WIDTH,
    Chain,
    Group,
    Layout,
    Mark,
    Negation,
    flat_operand,
)

INDENT = "    "


class Printed(Record):
    """The text of a statement, without a newline at its end, and where in it marked expressions
    start.

    `marks` are pairs of a line, the first being 0, and the mark.
    """

    text: str
    marks: tuple[tuple[int, Mark], ...]


def print_statement(prefix: str, layout: Layout, *, indent: int = 0) -> Printed:
    """Return a statement: a prefix such as `return ` and an expression.

    A condition is to be wrapped in `bool(…)`: directly behind `return`, black weighs optional
    parentheses against splitting the last operand.
    """
    page = _Page()
    page.put(INDENT * indent, prefix, layout, "")
    return Printed("\n".join(page.lines), tuple(page.marks))


class _Page:
    """The lines put so far, and the marks in them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.marks: list[tuple[int, Mark]] = []

    def put(self, indent: str, prefix: str, layout: Layout, suffix: str) -> None:
        """Add an expression with what stands before and behind it; a chain here is an operand."""
        if isinstance(layout, Group):
            text = layout.flat
            if layout.mark is not None:
                self.marks.append((len(self.lines), layout.mark))
            if text is None:
                self._explode_group(indent, prefix, layout, suffix)
                return
        else:
            text = flat_operand(layout)
        if text is not None:
            line = f"{indent}{prefix}{text}{suffix}"
            if len(line) <= WIDTH:
                self.lines.append(line)
                return
        self._explode(indent, prefix, layout, suffix)

    def _put_alone(self, indent: str, layout: Layout) -> None:
        """Add an expression that stands alone between brackets, where a chain needs no parentheses."""
        if not isinstance(layout, Chain):
            self.put(indent, "", layout, "")
            return
        if layout.flat is not None and len(indent) + len(layout.flat) <= WIDTH:
            self.lines.append(indent + layout.flat)
            return
        for index, operand in enumerate(layout.operands):
            self.put(indent, f"{layout.operator} " if index else "", operand, "")

    def _explode(self, indent: str, prefix: str, layout: Layout, suffix: str) -> None:
        match layout:
            case str():
                self.lines.append(f"{indent}{prefix}{layout}{suffix}")
            case Group():
                self._explode_group(indent, prefix, layout, suffix)
            case Negation():
                self._explode_negation(indent, prefix, layout.operand, suffix)
            case Chain():
                self._enclose(indent, f"{prefix}(", layout, f"){suffix}")
            case _:
                assert_never(layout)

    def _explode_negation(self, indent: str, prefix: str, operand: Layout, suffix: str) -> None:
        if isinstance(operand, Chain):
            self._enclose(indent, f"{prefix}not (", operand, f"){suffix}")
        else:
            self._explode(indent, f"{prefix}not ", operand, suffix)

    def _explode_group(self, indent: str, prefix: str, group: Group, suffix: str) -> None:
        if not group.items:
            self.lines.append(f"{indent}{prefix}{group.opening}{group.closing}{suffix}")
            return
        if not group.comma:
            ((_, item),) = group.items
            self._enclose(indent, prefix + group.opening, item, group.closing + suffix)
            return
        self.lines.append(indent + prefix + group.opening)
        inner = indent + INDENT
        for start, item in group.items:
            if isinstance(item, str):
                self.lines.append(f"{inner}{start}{item},")
            else:
                self.put(inner, start, item, ",")
        self.lines.append(indent + group.closing + suffix)

    def _enclose(self, indent: str, opening: str, layout: Layout, closing: str) -> None:
        self.lines.append(indent + opening)
        self._put_alone(indent + INDENT, layout)
        self.lines.append(indent + closing)
