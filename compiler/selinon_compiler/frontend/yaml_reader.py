"""Compose located nodes from the C parser's event stream, without recursion and within budgets.

PyYAML's own composer is not used: its C form crashes the process at 30,000 nested brackets, and either form spends
seconds on merge keys that double at each level. The text comes decoded and without a byte order mark, which the parser
would skip without counting it. Lines and columns are computed from offsets, not taken from marks: the parser takes
U+0085, U+2028 and U+2029 for line breaks, editors do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.events import AliasEvent, DocumentStartEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent
from yaml.reader import ReaderError

from selinon_compiler.diagnostics import Diagnostics, Related, Rule
from selinon_compiler.frontend import codes
from selinon_compiler.frontend.nodes import Mapping, Node, Scalar, Sequence
from selinon_compiler.frontend.scalars import MERGE, TAG, Meanings, surprising, tagged
from selinon_compiler.source import SourceFile, Span

_REFUSED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that no honest file meets: nested collections, and nodes with every alias and merge expanded."""

    depth: int = 100
    nodes: int = 2_000_000


class _Refused(Exception):
    """Reading stopped; the reason is reported."""


def compose(
    file: SourceFile,
    diagnostics: Diagnostics,
    limits: Limits = Limits(),
    meanings: Meanings | None = None,
) -> Node | None:
    """Return the root of the only document of a file; None when there is none, or when it cannot be read.

    Whatever is wrong is reported. `meanings` may be shared between files, to save time.
    """
    composer = _Composer(file, diagnostics, limits, Meanings() if meanings is None else meanings)
    try:
        return composer.compose()
    except _Refused:
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = min(mark.index, len(file.text)) if mark else 0
        message = str(error.problem or error.context)
        composer.report(codes.SYNTAX, place, place + 1, message, _syntax_help(file, place))
    except ReaderError as error:
        _report_refused(composer, str(error.reason))
    except UnicodeEncodeError as error:
        composer.report(codes.CHARACTER, error.start, error.end, "a lone surrogate is not a character")
    return None


def _report_refused(composer: _Composer, reason: str) -> None:
    """Report a character that YAML does not allow; the parser counts in bytes, so look for it here."""
    found = _REFUSED.search(composer.file.text)
    start, end = found.span() if found else (0, 0)
    composer.report(codes.CHARACTER, start, end, f"{reason}: U+{ord(found[0]):04X}" if found else reason)


def _syntax_help(file: SourceFile, place: int) -> str | None:
    number, _ = file.position(place)
    lines = [file.line(line) for line in (number, number - 1) if line > 0]
    if any(re.search(r"[:-]\s+\{[A-Za-z_][A-Za-z0-9_]*\}[^\s,}\]]", line) for line in lines):
        return "a value that starts with `{` must be quoted"
    if any("\t" in line[: len(line) - len(line.lstrip())] for line in lines):
        return "indent with blanks: YAML does not allow tabs there"
    return None


class _Composer:
    """The state of one reading."""

    def __init__(
        self, file: SourceFile, diagnostics: Diagnostics, limits: Limits, meanings: Meanings
    ) -> None:
        self.file = file
        self.diagnostics = diagnostics
        self.limits = limits
        self.meanings = meanings
        self.anchors: dict[str, Node] = {}
        self.heights: dict[int, int] = {}

    def report(
        self, rule: Rule, start: int, end: int, message: str, help: str | None = None, *, other: Node | None = None
    ) -> None:
        """Report something about a range of the file."""
        size = len(self.file.text)
        span = Span(self.file, min(start, size), min(end, size))
        related = [Related(Span(self.file, other.start, other.end), "it starts here")] if other else []
        self.diagnostics.report(rule, span, message, help=help, related=related)

    def compose(self) -> Node | None:
        """Run through the events.

        This is the innermost loop of every command, about forty thousand rounds a second: it holds its state in local
        names and calls nothing in the common cases, which is why it is longer than a function should be.
        """
        next_event = yaml.CSafeLoader(self.file.text).get_event
        meanings, anchors = self.meanings, self.anchors
        stack: list[tuple[Any, Scalar | None, Any]] = []
        parent: Any = None
        key: Scalar | None = None
        root: Node | None = None
        budget = self.limits.nodes
        last = 0
        node: Any
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                mark = event.start_mark.index
                length = event.end_mark.index - mark
                text = event.value
                value = meanings[text] if event.implicit[0] and text in meanings else self.scalar(event)
                if event.style in ("|", ">"):
                    length = len(self.file.text[mark : mark + length].rstrip())
                node = Scalar(value, mark, length)
                if event.anchor:
                    anchors[event.anchor] = node
                budget -= 1
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                node = self.collection(event, budget)
                stack.append((parent, key, node))
                if len(stack) > self.limits.depth:
                    self.report(
                        codes.LIMIT, node.start, node.start + 1, f"nested deeper than {self.limits.depth} levels"
                    )
                    raise _Refused
                parent, key = node, None
                budget -= 1
                continue
            elif kind is AliasEvent:
                node = self.alias(event, stack)
                mark, length = node.start, node.length
                budget -= getattr(node, "weight", 1)
            elif kind is DocumentStartEvent:
                if root is not None:
                    self.report(
                        codes.DOCUMENTS, event.start_mark.index, event.end_mark.index, "a second document starts here"
                    )
                    raise _Refused
                continue
            elif parent is None:
                continue
            else:
                parent, key, node = *stack.pop()[:2], parent
                mark = node.start
                if event.end_mark.index > event.start_mark.index:
                    last = event.end_mark.index
                length = node.length = max(last - mark, 1)
                node.weight -= budget
                if type(node) is Mapping and node.merged is not None:
                    self.merge(node)
            last = mark + length
            if budget < 0:
                self.report(
                    codes.LIMIT, mark, last, f"more than {self.limits.nodes:,} nodes, with aliases expanded"
                )
                raise _Refused
            if parent is None:
                root = node
            elif type(parent) is Sequence:
                parent.value.append(node)
            elif key is None:
                key = self.key(node)
            else:
                name = key.value
                if name is MERGE:
                    parent.merged = {**(parent.merged or {}), key: node}
                else:
                    node.key = key
                    if name in parent.value:
                        parent.duplicates = [*(parent.duplicates or ()), (node, parent.value[name])]
                    parent.value[name] = node
                key = None
        return root

    def scalar(self, event: ScalarEvent) -> Any:
        """Return the value of a scalar that has a tag, that is quoted, or whose spelling is new."""
        text, start, end = event.value, event.start_mark.index, event.end_mark.index
        if event.implicit[0]:
            try:
                value = self.meanings[text]
            except ValueError as error:
                self.report(codes.VALUE, start, end, str(error), "quote it if it is meant as text")
                return text
            if surprising(text, value) and value is not MERGE:
                del self.meanings[text]
                self.report(
                    codes.LOOK_ALIKE,
                    start,
                    end,
                    f"`{text}` means {value!r} here",
                    "quote it if it is meant as text, or write the value plainly",
                )
            return value
        if event.tag is None or event.tag == TAG + "str" or event.tag == "!":
            return text
        try:
            return tagged(event.tag.removeprefix(TAG), text) if event.tag.startswith(TAG) else self.unknown(event)
        except KeyError:
            return self.unknown(event)
        except ValueError as error:
            self.report(codes.VALUE, start, end, str(error))
            return text

    def unknown(self, event: Any) -> Any:
        """Report a tag; return what is written instead."""
        self.report(
            codes.TAG, event.start_mark.index, event.end_mark.index, f"the tag `{event.tag}` is not supported"
        )
        return getattr(event, "value", None)

    def collection(self, event: Any, budget: int) -> Sequence | Mapping:
        """Return an empty collection; its weight is the budget at its start until it ends."""
        start = event.start_mark.index
        node: Sequence | Mapping
        if type(event) is MappingStartEvent:
            node = Mapping({}, start, 0)
            node.merged = node.duplicates = None
        else:
            node = Sequence([], start, 0)
        node.weight = budget
        if event.tag and event.tag not in (TAG + "map", TAG + "seq", "!"):
            self.unknown(event)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: AliasEvent, stack: list[tuple[Any, Scalar | None, Any]]) -> Node:
        """Return the node of a place of use; what lies below it is shared, and stays located at the definition."""
        start, end = event.start_mark.index, event.end_mark.index
        origin = self.anchors.get(event.anchor)
        if origin is None:
            self.report(codes.ALIAS, start, end, f"no anchor `{event.anchor}` is defined above")
            raise _Refused
        if any(frame[2] is origin for frame in stack):
            self.report(codes.ALIAS, start, end, f"`*{event.anchor}` contains itself", other=origin)
            raise _Refused
        if len(stack) + self.height(origin) > self.limits.depth:
            self.report(codes.LIMIT, start, end, f"nested deeper than {self.limits.depth} levels, with aliases expanded")
            raise _Refused
        node = type(origin)(origin.value, start, end - start)
        node.origin = origin.origin or origin
        if isinstance(origin, Sequence | Mapping):
            node.weight = origin.weight  # type: ignore[attr-defined]  # of the same class as its origin
        if isinstance(origin, Mapping):
            node.merged, node.duplicates = origin.merged, None  # type: ignore[attr-defined]  # likewise
        return node

    def height(self, node: Node) -> int:
        """Return how many collections are nested in a node, itself included."""
        if isinstance(node, Scalar):
            return 0
        known = self.heights.get(id(node.value))
        if known is None:
            known = 1 + max((self.height(child) for child in node.children()), default=0)
            self.heights[id(node.value)] = known
        return known

    def key(self, node: Node) -> Scalar:
        """Return a node as a key; a collection is reported, and stands for a key that nothing equals."""
        if isinstance(node, Scalar):
            return node
        self.report(codes.KEY, node.start, node.end, "a key must be a scalar")
        return Scalar(object(), node.start, node.length)

    def merge(self, node: Mapping) -> None:
        """Apply `<<`: own keys win, of several `<<` the later one, within one list the earlier mapping.

        Merged keys come first, as in PyYAML. A bomb of doubling merges stays small, since keys are unique.
        """
        merges, merged, values = node.merged or {}, dict[Any, Node](), dict[Any, Node]()
        for place in merges.values():
            sources = reversed(place.value) if isinstance(place, Sequence) else [place]
            for source in sources:
                if not isinstance(source, Mapping):
                    self.report(
                        codes.MERGED, source.start, source.end, "only a mapping, or a list of mappings, can be merged"
                    )
                    continue
                values.update(source.value)
                merged.update(dict.fromkeys(source.value, place))
        for name in node.value:
            merged.pop(name, None)
        node.merged = merged
        node.value = {**values, **node.value}
