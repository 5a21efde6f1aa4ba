"""Located nodes from the events of PyYAML's C parser, without recursion and within budgets.

The text was decoded by the caller, and a byte order mark removed: the parser skips one without
counting it, so that every place would be off by one. Lines and columns are computed from offsets,
not taken from marks: the parser takes U+0085, U+2028 and U+2029 for line breaks, editors do not.

    before: "to: [A, *b]"
    after:  Mapping({"to": Sequence([Scalar("A", 5..6), …], 4..11)}, 0..11)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from selinon.record import Record
from selinon_compiler.diagnostics import Diagnostics, Related, Rule
from selinon_compiler.frontend import codes
from selinon_compiler.frontend.nodes import BROKEN, Key, Mapping, Node, Scalar, Sequence
from selinon_compiler.frontend.scalar_reader import ScalarReader, short
from selinon_compiler.frontend.scalars import MERGE, Meanings
from selinon_compiler.source import SourceFile, Span

_Frame: TypeAlias = tuple[Any, Key | None]
"""The collection around one that was opened, and the key in it that waits for that one."""


class Limits(Record):
    """Bounds that no honest file meets.

    `depth` is that of nested collections, `nodes` the number of nodes. Both count what aliases and
    merges stand for, so that whoever walks the tree may recurse, and may copy what is shared.
    """

    depth: int = 100
    nodes: int = 2_000_000


DEFAULT_LIMITS: Final = Limits()


class RefusedError(Exception):
    """Reading stopped; the reason is reported."""


class Composer:
    """The state of one reading."""

    def __init__(
        self, file: SourceFile, diagnostics: Diagnostics, limits: Limits, meanings: Meanings
    ) -> None:
        self.file = file
        self.diagnostics = diagnostics
        self.limits = limits
        self.meanings = meanings
        self.scalars = ScalarReader(file, diagnostics, meanings)
        self.anchors: dict[str, Node] = {}
        self.heights: dict[int, int] = {}

    def report(self, rule: Rule, start: int, end: int, message: str, *related: Related) -> None:
        """Report something about a range of the file."""
        self.diagnostics.report(rule, Span(self.file, start, end), message, related=related)

    def refuse(self, rule: Rule, start: int, end: int, message: str) -> RefusedError:
        """Report why reading stops; return what is to be raised."""
        self.report(rule, start, end, message)
        return RefusedError(message)

    def compose(self) -> Node | None:
        """Run through the events.

        This is the innermost loop of every command, with some ten thousand rounds per hundred
        flows: it holds its state in local names and calls as little as it can in the common cases,
        which is why it is longer than a function should be.
        """
        next_event: Callable[[], Any] = yaml.CSafeLoader(self.file.text).get_event
        known, anchors = self.meanings, self.anchors
        stack: list[_Frame] = []
        parent: Any = None  # the innermost open collection
        values: Any = None  # what it holds
        in_mapping = False
        key: Key | None = None  # its key that waits for a value
        broken: list[Any] = []  # open collections whose tag is wrong
        root: Node | None = None
        budget = self.limits.nodes
        last = 0  # where the latest token that was written ends
        node: Any
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                mark = event.start_mark.index
                last = event.end_mark.index
                value = event.value
                if event.implicit[0]:
                    try:
                        meaning = known[value]
                    except KeyError:
                        meaning = self.scalars.plain(value, mark, last)
                    if meaning is not MERGE or (in_mapping and key is None):
                        value = meaning
                else:
                    if event.tag is not None:
                        value = self.scalars.tagged(event.tag, value, mark, last)
                    if event.style in (
                        "|",
                        ">",
                    ):  # the mark lies behind the blank lines that follow
                        last = mark + len(self.file.text[mark:last].rstrip(" \t\r\n"))
                if event.anchor:  # an alias of `<<` is but its text
                    text = "<<" if value is MERGE else value
                    anchors[event.anchor] = Scalar(text, mark, last - mark)
                budget -= 1
                if in_mapping:
                    if key is None:
                        key = value, mark, last - mark
                        continue
                    name = key[0]
                    if name not in values and name is not MERGE and budget >= 0:
                        values[name] = Scalar(value, mark, last - mark, key)
                        key = None
                        continue
                node = Scalar(value, mark, last - mark, key)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                mark = event.start_mark.index
                stack.append((parent, key))
                if kind is MappingStartEvent:
                    parent = Mapping({}, mark, 0, key)
                    in_mapping = True
                else:
                    parent = Sequence([], mark, 0, key)
                    in_mapping = False
                parent.weight = budget  # until it ends, and the difference is its weight
                values = parent.value
                key = None
                if event.tag is not None:
                    own = "map" if in_mapping else "seq"
                    end = event.end_mark.index
                    if not self.scalars.check_collection(event.tag, own, mark, end):
                        broken.append(parent)
                if event.anchor:
                    anchors[event.anchor] = parent
                if len(stack) > self.limits.depth:
                    raise self.too_deep(mark, mark + 1)
                budget -= 1
                continue
            elif kind is AliasEvent:
                mark = event.start_mark.index
                last = event.end_mark.index
                node = self.alias(event.anchor, mark, last, parent, key, stack)
                budget -= getattr(node, "weight", 1)
            elif kind is DocumentStartEvent:
                if root is not None:
                    mark, end = event.start_mark.index, event.end_mark.index
                    raise self.refuse(codes.DOCUMENTS, mark, end, "a second document starts here")
                continue
            elif parent is None:  # the stream starts or ends, or the document ends
                continue
            else:  # a collection ends; a block's mark is the next token: take its last child's end
                node = parent
                parent, key = stack.pop()
                mark = node.start
                if event.end_mark.index > event.start_mark.index:  # a closing bracket
                    last = event.end_mark.index
                elif last < mark:
                    last = mark
                node.length = last - mark
                node.weight -= budget
                in_mapping = type(parent) is Mapping
                values = None if parent is None else parent.value
                if type(node) is Mapping and node.merged is not None:
                    self.merge(node)
                if broken and node is broken[-1]:
                    broken.pop()
                    node = Scalar(BROKEN, mark, node.length)
            if budget < 0:
                message = f"more than {self.limits.nodes:,} nodes, with aliases expanded"
                raise self.refuse(codes.LIMIT, mark, last, message)
            if in_mapping:
                if key is None:
                    key = self.key_from(node)
                    continue
                name = key[0]
                if name is MERGE:
                    if parent.merged is None:
                        parent.merged = {}
                    parent.merged[key] = node
                elif values.setdefault(name, node) is not node:
                    if name is not BROKEN:
                        self.repeat(parent, node, values[name])
                    values[name] = node
                key = None
            elif parent is None:
                root = node
            else:
                values.append(node)
        return root

    def key_from(self, node: Node) -> Key:
        """Return the key that an alias or a collection makes; a collection is reported."""
        if type(node) is Scalar:
            return node.value, node.start, node.length
        self.report(codes.KEY, node.start, node.end, "a key must be a scalar")
        return BROKEN, node.start, node.length

    def alias(
        self, name: str, start: int, end: int, parent: Any, key: Key | None, stack: list[_Frame]
    ) -> Node:
        """Return the node of a place of use; what lies below it is shared, and stays located."""
        origin = self.anchors.get(name)
        if origin is None:
            return self.broken_alias(start, end, key, f"no anchor `{short(name)}` is defined above")
        if origin is parent or any(frame[0] is origin for frame in stack):
            place = Related(Span(self.file, origin.start, origin.start), "it starts here")
            return self.broken_alias(start, end, key, f"`*{short(name)}` contains itself", place)
        if len(stack) + self.height(origin) > self.limits.depth:
            raise self.too_deep(start, end)
        node = type(origin)(origin.value, start, end - start, key)
        node.origin = origin.origin or origin
        if isinstance(node, Mapping) and isinstance(origin, Mapping):
            node.merged = origin.merged
        if isinstance(node, Mapping | Sequence) and isinstance(origin, Mapping | Sequence):
            node.weight = origin.weight
        return node

    def broken_alias(
        self, start: int, end: int, key: Key | None, message: str, *related: Related
    ) -> Node:
        """Report an alias that stands for nothing."""
        self.report(codes.ALIAS, start, end, message, *related)
        return Scalar(BROKEN, start, end - start, key)

    def too_deep(self, start: int, end: int) -> RefusedError:
        """Report where the nesting passes its limit."""
        depth = self.limits.depth
        message = f"nested deeper than {depth} levels, with aliases expanded"
        return self.refuse(codes.LIMIT, start, end, message)

    def height(self, node: Node) -> int:
        """Return how many collections are nested in a node, itself included."""
        if isinstance(node, Scalar):
            return 0
        known = self.heights.get(id(node.value))
        if known is None:
            known = 1 + max((self.height(child) for child in node.children()), default=0)
            self.heights[id(node.value)] = known
        return known

    def repeat(self, parent: Mapping, node: Node, replaced: Node) -> None:
        """Remember a repeated key; the binder knows how bad it is."""
        if parent.duplicates is None:
            parent.duplicates = []
        parent.duplicates.append((node, replaced))

    def merge(self, node: Mapping) -> None:
        """Apply `<<`: own keys win, of several `<<` the later, within one list the earlier mapping.

        Merged keys come first, as in PyYAML.
        """
        merges, merged, values = node.merged or {}, dict[Any, Node](), dict[Any, Node]()
        for place in merges.values():
            sources = reversed(place.value) if isinstance(place, Sequence) else [place]
            for source in sources:
                if isinstance(source, Mapping):
                    values.update(source.value)
                    merged.update(dict.fromkeys(source.value, place))
                    continue
                values[BROKEN] = Scalar(BROKEN, source.start, source.length)
                if source.value is not BROKEN:
                    message = "only a mapping, or a list of mappings, can be merged"
                    self.report(codes.MERGED, source.start, source.end, message)
        for name in node.value:
            merged.pop(name, None)
        node.merged = merged
        node.value = {**values, **node.value}
