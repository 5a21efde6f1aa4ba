"""Located nodes: what a YAML document holds, with the place of every value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final, TypeAlias

from selinon_compiler.source import SourceFile

Key: TypeAlias = tuple[Any, int, int]
"""The value of a key, and its start and length."""

BROKEN: Final = object()
"""The value of a node that could not be read, which is reported already. As a key of a mapping, it says that some
entries of the mapping could not be read."""


class Node:
    """A value and where it stands: `start` and `length` count code points of the file's text.

    An alias is a shallow copy at the place of use whose `origin` is the anchored node. `held` is
    the key under which a mapping holds this value. Nodes are made by the reader; nobody else
    changes them, since aliases share what lies below them.
    """

    __slots__ = ("held", "length", "origin", "start", "value")
    value: Any
    start: int
    length: int
    held: Key | None
    origin: Node | None

    def __init__(self, value: Any, start: int, length: int, held: Key | None = None) -> None:
        self.value = value
        self.start = start
        self.length = length
        self.held = held
        self.origin = None

    @property
    def key(self) -> Scalar | None:
        """Return the key under which a mapping holds this value."""
        return None if self.held is None else Scalar(*self.held)

    @property
    def end(self) -> int:
        """Return the offset behind the last character."""
        return self.start + self.length

    def children(self) -> Iterator[Node]:
        """Yield the nodes directly below this one."""
        return iter(())


class Scalar(Node):
    """`value` is a str, int, float, bool, bytes, date, datetime or None, or else `BROKEN`."""

    __slots__ = ()


class Sequence(Node):
    """`value` is a list of nodes; `weight` counts the nodes below it, with aliases expanded."""

    __slots__ = ("weight",)
    value: list[Node]
    weight: int

    def children(self) -> Iterator[Node]:
        """Yield the entries."""
        return iter(self.value)


class Mapping(Node):
    """`value` maps the value of each key to its node.

    `merged` maps keys that came by a merge (`<<`) to the node written there, their nodes being
    those of the mapping that was merged; `duplicates` are pairs of the node of a repeated key and
    the node that it replaced. Both are None in the common case that there is nothing of the kind.
    """

    __slots__ = ("duplicates", "merged", "weight")
    value: dict[Any, Node]
    merged: dict[Any, Node] | None
    duplicates: list[tuple[Node, Node]] | None
    weight: int

    def __init__(
        self, value: dict[Any, Node], start: int, length: int, held: Key | None = None
    ) -> None:
        self.value = value
        self.start = start
        self.length = length
        self.held = held
        self.origin = None
        self.merged = None
        self.duplicates = None

    def children(self) -> Iterator[Node]:
        """Yield the values."""
        return iter(self.value.values())


class Tree:
    """The mappings of a file by where they start, made when a place is asked for.

    A compilation keeps texts, not trees: those of ten thousand files would be most of its memory,
    and few places are ever asked for. `compose` reads the text of the file once more.
    """

    def __init__(self, file: SourceFile, compose: Callable[[SourceFile], Node | None]) -> None:
        self.file = file
        self._compose = compose

    def mapping(self, start: int) -> Mapping:
        """Return the mapping that starts at an offset."""
        return self._mappings[start]

    @cached_property
    def _mappings(self) -> dict[int, Mapping]:
        root = self._compose(self.file)
        found: dict[int, Mapping] = {}
        pending = [] if root is None else [root]
        while pending:
            node = pending.pop()
            if isinstance(node, Mapping):
                if node.start in found:  # merged in from elsewhere
                    continue
                found[node.start] = node
            pending.extend(node.children())
        return found


def data(node: Node, repeated: list[Mapping] | None = None) -> Any:
    """Return what a node stands for as plain data: dicts, lists and scalars, nothing shared with anything else.

    Mappings with repeated keys are added to `repeated`, those below an alias left out: they are met
    where they are anchored. The depth of a document is limited where it is composed, so that this
    may recurse.
    """
    kind = type(node)
    if kind is Scalar:
        return node.value
    below = repeated if node.origin is None else None
    # Most children are scalars: not to call for these is half of the work.
    if kind is Sequence:
        return [
            child.value if type(child) is Scalar else data(child, below) for child in node.value
        ]
    if repeated is not None and isinstance(node, Mapping) and node.duplicates:
        repeated.append(node)
    return {
        key: child.value if type(child) is Scalar else data(child, below)
        for key, child in node.value.items()
    }
