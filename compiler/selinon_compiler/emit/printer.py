"""Lay expressions out on lines just as black would, so that black changes no byte of them.

What fits in 88 columns stands on one line, without a trailing comma; what does not stands with one
item a line and a trailing comma, which black takes as the wish to keep it so. Emitted text is
ASCII: every character is one column.

>>> group = Group(opening="(", items=(("", Atom("1")),), closing=")")
>>> print(print_statement("NAMES = ", group).text)
NAMES = (1,)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from selinon_compiler.emit.layout import (
    Atom,
    Chain,
    Group,
    Layout,
    Mark,
    Negation,
    flat,
    flat_operand,
    room,
    room_of_operand,
)

WIDTH = 88
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Printed:
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
    page.put(indent, prefix, layout, "")
    return Printed("\n".join(page.lines), tuple(page.marks))


@dataclass(slots=True)
class _Page:
    lines: list[str] = field(default_factory=list)
    marks: list[tuple[int, Mark]] = field(default_factory=list)

    def put(self, indent: int, prefix: str, layout: Layout, suffix: str) -> None:
        """Add an expression with what stands before and behind it; a chain here is an operand."""
        if isinstance(layout, Group) and layout.mark is not None:
            self.marks.append((len(self.lines), layout.mark))
        if room_of_operand(layout, WIDTH - len(INDENT) * indent - len(prefix) - len(suffix)) >= 0:
            self._add(indent, f"{prefix}{flat_operand(layout)}{suffix}")
            return
        self._explode(indent, prefix, layout, suffix)

    def _put_alone(self, indent: int, layout: Layout) -> None:
        """Add an expression that stands alone between brackets, where a chain needs no parentheses."""
        if not isinstance(layout, Chain):
            self.put(indent, "", layout, "")
            return
        if room(layout, WIDTH - len(INDENT) * indent) >= 0:
            self._add(indent, flat(layout))
            return
        for index, operand in enumerate(layout.operands):
            self.put(indent, f"{layout.operator} " if index else "", operand, "")

    def _explode(self, indent: int, prefix: str, layout: Layout, suffix: str) -> None:
        match layout:
            case Atom():
                self._add(indent, f"{prefix}{layout.text}{suffix}")
            case Group():
                self._explode_group(indent, prefix, layout, suffix)
            case Negation(operand) if isinstance(operand, Chain):
                self._enclose(indent, f"{prefix}not (", operand, f"){suffix}")
            case Negation(operand):
                self._explode(indent, f"{prefix}not ", operand, suffix)
            case Chain():
                self._enclose(indent, f"{prefix}(", layout, f"){suffix}")
            case _:
                assert_never(layout)

    def _explode_group(self, indent: int, prefix: str, group: Group, suffix: str) -> None:
        if not group.items:
            self._add(indent, f"{prefix}{flat(group)}{suffix}")
            return
        if not group.comma:
            ((_, item),) = group.items
            self._enclose(indent, prefix + group.opening, item, group.closing + suffix)
            return
        self._add(indent, prefix + group.opening)
        for start, item in group.items:
            self.put(indent + 1, start, item, ",")
        self._add(indent, group.closing + suffix)

    def _enclose(self, indent: int, opening: str, layout: Layout, closing: str) -> None:
        self._add(indent, opening)
        self._put_alone(indent + 1, layout)
        self._add(indent, closing)

    def _add(self, indent: int, text: str) -> None:
        self.lines.append(INDENT * indent + text)
