"""Expressions of emitted code, as data: what stands on a line, and where a line may be broken.

Text that is never broken, a name or a literal, is a `str`. Everything else knows how it reads on one line, as far as
a line reaches, and which names of the contract it uses: both are put together from the parts when it is made, so that
nested expressions are not measured over and over.

>>> call("f", (("", "1"), ("key=", "2"))).flat
'f(1, key=2)'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeAlias

WIDTH = 88
"""Columns of a line."""

Mark: TypeAlias = tuple[str, ...]
"""What an expression was made from; a key of `selinon_compiler.plan.Origins`."""

Names: TypeAlias = frozenset[str]
"""Names in `selinon.abi` that an expression calls."""

NO_NAMES: Names = frozenset()


class Group:
    """Items between brackets, each behind a prefix such as `key=`, `"key": ` or nothing.

    `opening` ends with the bracket. `comma` says whether the last item gets a comma when there is one item a line. An
    `opened` group is never put on one line, and so no group around it is. `mark` names what the group was made from,
    `constructor` the name in `selinon.abi` that it calls. `flat` is None for what does not fit on a line.
    """

    __slots__ = ("closing", "comma", "flat", "items", "mark", "names", "opening")
    flat: str | None
    names: Names

    def __init__(
        self,
        opening: str,
        items: tuple[tuple[str, Layout], ...],
        closing: str,
        *,
        comma: bool = True,
        opened: bool = False,
        mark: Mark | None = None,
        constructor: str | None = None,
    ) -> None:
        self.opening = opening
        self.items = items
        self.closing = closing
        self.comma = comma
        self.mark = mark
        names = NO_NAMES if constructor is None else _single(constructor)
        texts: list[str] = []
        for prefix, item in items:
            if isinstance(item, str):
                texts.append(prefix + item)
                continue
            if item.names:
                names = names | item.names
            if item.flat is None:
                opened = True
            else:
                texts.append(prefix + item.flat)
        self.names = names
        self.flat = None if opened else self._flat(texts)

    def _flat(self, texts: Sequence[str]) -> str | None:
        # A tuple of one item needs its comma on one line, too.
        closing = ",)" if self.opening == "(" and len(texts) == 1 else self.closing
        text = f"{self.opening}{', '.join(texts)}{closing}"
        return text if len(text) <= WIDTH else None


class Texts(Group):
    """A group of texts without prefixes: most groups are, and these are made in less time."""

    __slots__ = ("texts",)

    def __init__(self, opening: str, texts: Sequence[str], closing: str) -> None:
        self.opening = opening
        self.texts = texts
        self.closing = closing
        self.comma = True
        self.mark = None
        self.names = NO_NAMES
        self.flat = self._flat(texts)

    @property
    def items(self) -> tuple[tuple[str, Layout], ...]:  # type: ignore[override]  # read only is enough
        """The texts, with their empty prefixes."""
        return tuple([("", text) for text in self.texts])


class Negation:
    """`not` and its operand."""

    __slots__ = ("flat", "names", "operand")
    flat: str | None
    names: Names

    def __init__(self, operand: Layout) -> None:
        self.operand = operand
        self.names = names_in((operand,))
        text = flat_operand(operand)
        self.flat = None if text is None else _fitting(f"not {text}")


class Chain:
    """Two or more operands joined by `and` or by `or`; a chain that is an operand itself gets parentheses."""

    __slots__ = ("flat", "names", "operands", "operator")
    flat: str | None
    names: Names

    def __init__(self, operator: str, operands: tuple[Layout, ...]) -> None:
        self.operator = operator
        self.operands = operands
        self.names = names_in(operands)
        texts = [text for text in map(flat_operand, operands) if text is not None]
        whole = len(texts) == len(operands)
        self.flat = _fitting(f" {operator} ".join(texts)) if whole else None


Layout: TypeAlias = str | Group | Negation | Chain


def call(
    function: str, items: tuple[tuple[str, Layout], ...], *, constructor: str | None = None
) -> Group:
    """Return the call of a function."""
    return Group(f"{function}(", items, ")", constructor=constructor)


def flat_operand(layout: Layout) -> str | None:
    """Return an operand as one line; None when it does not fit on one."""
    if isinstance(layout, str):
        return layout
    return f"({layout.flat})" if layout.flat and isinstance(layout, Chain) else layout.flat


def names_in(layouts: Iterable[Layout]) -> Names:
    """Return the names in `selinon.abi` that expressions call."""
    found = NO_NAMES
    for layout in layouts:
        if not isinstance(layout, str) and layout.names:
            found = found | layout.names
    return found


@cache
def _single(name: str) -> Names:
    return frozenset((name,))


def _fitting(text: str) -> str | None:
    return text if len(text) <= WIDTH else None
