"""Expressions of emitted code, as data: what stands on a line, and where a line may be broken.

>>> flat(call("f", (("", Atom("1")), ("key=", Atom("2")))))
'f(1, key=2)'
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, assert_never

Mark: TypeAlias = tuple[str, ...]
"""What an expression was made from; a key of `selinon_compiler.plan.Origins`."""


@dataclass(frozen=True, slots=True)
class Atom:
    """Text that is never broken: a name or a literal."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Items between brackets, each behind a prefix such as `key=`, `"key": ` or nothing.

    `opening` ends with the bracket. `comma` says whether the last item gets a comma when there is
    one item a line. An `opened` group is never put on one line, and so no group around it is.
    `mark` names what the group was made from, `constructor` the name in `selinon.abi` that it
    calls.
    """

    opening: str
    items: tuple[tuple[str, Layout], ...]
    closing: str
    comma: bool = True
    opened: bool = False
    mark: Mark | None = None
    constructor: str | None = None

    @property
    def flat_closing(self) -> str:
        """The closing bracket as it is written on one line: a tuple of one item needs its comma
        there too.
        """
        return ",)" if self.opening == "(" and len(self.items) == 1 else self.closing


@dataclass(frozen=True, slots=True)
class Negation:
    """`not` and its operand."""

    operand: Layout


@dataclass(frozen=True, slots=True)
class Chain:
    """Two or more operands joined by `and` or by `or`; a chain that is an operand itself gets
    parentheses.
    """

    operator: str
    operands: tuple[Layout, ...]


Layout: TypeAlias = Atom | Group | Negation | Chain


def call(
    function: str, items: tuple[tuple[str, Layout], ...], *, constructor: str | None = None
) -> Group:
    """Return the call of a function."""
    return Group(opening=f"{function}(", items=items, closing=")", constructor=constructor)


def flat(layout: Layout) -> str:
    """Return an expression as one line, whatever its length."""
    match layout:
        case Atom():
            return layout.text
        case Group():
            items = ", ".join(prefix + flat(item) for prefix, item in layout.items)
            return f"{layout.opening}{items}{layout.flat_closing}"
        case Negation():
            return f"not {flat_operand(layout.operand)}"
        case Chain():
            return f" {layout.operator} ".join(map(flat_operand, layout.operands))
        case _:
            assert_never(layout)


def flat_operand(layout: Layout) -> str:
    """Return an operand as one line."""
    return f"({flat(layout)})" if isinstance(layout, Chain) else flat(layout)


def room(layout: Layout, columns: int) -> int:
    """Return how many of these columns are left behind the expression on one line, or a negative
    number.

    It looks no further than the columns reach, so that nested expressions are not measured over and
    over.
    """
    match layout:
        case Atom():
            return columns - len(layout.text)
        case Group():
            return _room_of_group(layout, columns)
        case Negation():
            return room_of_operand(layout.operand, columns - len("not "))
        case Chain():
            return _room_of_chain(layout, columns)
        case _:
            assert_never(layout)


def room_of_operand(layout: Layout, columns: int) -> int:
    """Return the same for an operand."""
    return room(layout, columns - len("()")) if isinstance(layout, Chain) else room(layout, columns)


def _room_of_group(group: Group, columns: int) -> int:
    if group.opened:
        return -1
    columns -= len(group.opening) + len(group.flat_closing)
    for index, (prefix, item) in enumerate(group.items):
        columns = room(item, columns - len(prefix) - (len(", ") if index else 0))
        if columns < 0:
            return columns
    return columns


def _room_of_chain(chain: Chain, columns: int) -> int:
    for index, operand in enumerate(chain.operands):
        columns = room_of_operand(operand, columns - (len(f" {chain.operator} ") if index else 0))
        if columns < 0:
            return columns
    return columns


def constructors(layout: Layout) -> Iterator[str]:
    """Yield the names in `selinon.abi` that an expression calls, in order, with repetition."""
    match layout:
        case Atom():
            return
        case Group():
            if layout.constructor is not None:
                yield layout.constructor
            for _, item in layout.items:
                yield from constructors(item)
        case Negation():
            yield from constructors(layout.operand)
        case Chain():
            for operand in layout.operands:
                yield from constructors(operand)
        case _:
            assert_never(layout)
