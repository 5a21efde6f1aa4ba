r"""From located nodes to declarations.

The binder knows no key: it walks the layouts that the language table made. It reports what does not fit and goes on,
so that one run finds every mistake; what could not be read is left out, or is `INVALID` where a section cannot do
without it.

>>> from selinon_compiler.frontend.yaml_reader import compose
>>> from selinon_compiler.language import NodesFileDecl
>>> file = SourceFile("nodes.yaml", "tasks: [{name: A, import: m, max_retry: 2}]\nflows: []\n")
>>> declared = bind(NodesFileDecl, file, compose(file, found := Diagnostics()), found)
>>> declared.tasks[0].name.value, declared.tasks[0].max_retry, len(found)
('A', 2, 0)
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from selinon_compiler.diagnostics import (
    Diagnostics,
    Related,
    Rule,
    Severity,
    did_you_mean,
)
from selinon_compiler.frontend import codes
from selinon_compiler.frontend.nodes import BROKEN, Mapping, Node, Tree, data
from selinon_compiler.frontend.yaml_reader import compose
from selinon_compiler.language.codes import MISSING_KEY, TWO_SPELLINGS, UNKNOWN_KEY, WRONG_TYPE
from selinon_compiler.language.flows import FlowFileDecl
from selinon_compiler.language.kinds import described
from selinon_compiler.language.table import INVALID, REQUIRED, Key, Layout, Section
from selinon_compiler.source import SourceFile, Span

S = TypeVar("S", bound=Section)

__all__ = ["bind", "compose"]


FLOW_FILE: Final = FlowFileDecl.path
"""The part that is lost when a flow file cannot be read at all."""

_NAMED: Final = ("tasks[]", "storages[]")
"""Sections whose names rules find also where they could not be read."""


class Losses:
    """What could not be read and is left out; what refers to it must not be taken for wrong.

    A part is the path of a section (`edges[]`), one of which is missing, or a key of one (`tasks[].storage`), whose
    value is missing, or not as it was meant. A section that is missing has no keys to miss.
    """

    def __init__(self) -> None:
        self.parts: set[str] = set()

    def add(self, layout: Layout, key: Key | None = None) -> None:
        """Add a section, or a key of one."""
        self.parts.add(layout.path if key is None else f"{layout.path}.{key.name}")


def bind(
    cls: type[S],
    file: SourceFile,
    node: Node | None,
    diagnostics: Diagnostics,
    *,
    open_top: bool = False,
    losses: Losses | None = None,
) -> S | None:
    """Return the section that a document holds, or None when it cannot be read as one.

    With `open_top`, keys that the section does not define belong to others, and are passed over in silence.
    """
    if node is None:
        return None
    binder = Binder(file, diagnostics, Losses() if losses is None else losses)
    if open_top and isinstance(node, Mapping):
        node = _restricted(node, cls.layout)
    bound = binder.bind(cls, node)
    return bound if isinstance(bound, cls) else None


def _restricted(node: Mapping, layout: Layout) -> Mapping:
    own = {k: v for k, v in node.value.items() if k in layout.slots or k is BROKEN}
    kept = Mapping(own, node.start, node.length)
    kept.merged, kept.weight = node.merged, node.weight
    kept.duplicates = [
        pair for pair in node.duplicates or () if pair[0].key and pair[0].key.value in kept.value
    ]
    return kept


def _composed(file: SourceFile) -> Node | None:
    """Read a file once more; what is wrong with it is known."""
    return compose(file, Diagnostics())


class Binder:
    """Binds the nodes of one file; it is the `Reader` of the language's kinds."""

    __slots__ = ("diagnostics", "file", "losses", "tree", "wrong")

    def __init__(self, file: SourceFile, diagnostics: Diagnostics, losses: Losses) -> None:
        self.file = file
        self.tree = Tree(file, _composed)
        self.diagnostics = diagnostics
        self.losses = losses
        self.wrong = 0  # how often something was met that could not be read

    def report(self, rule: Rule, node: Node, message: str, help: str | None = None) -> Any:
        """Report something about a node, unless that is known to be broken; return `INVALID`."""
        self.wrong += 1
        if node.value is not BROKEN:
            self.diagnostics.report(rule, self._span(node), message, help=help)
        return INVALID

    def data(self, node: Node, *, lenient: bool) -> Any:
        """Return a user's value as plain data, or `INVALID` when a part of it is broken.

        With `lenient`, repeated keys are only warned of.
        """
        repeated: list[Mapping] = []
        value = data(node, repeated)
        for mapping in repeated:
            self._repeated(mapping, lenient)
        if self.diagnostics.errors and _broken(value):
            self.wrong += 1
            return INVALID
        return value

    def bind(self, cls: type[Section], node: Node) -> Any:
        """Return the section read from a node, or `INVALID`."""
        layout = cls.layout
        if type(node) is not Mapping:
            self.losses.add(layout)
            what = "" if layout.path.endswith(" file") else f" for `{layout.path}`"
            return self.report(
                WRONG_TYPE, node, f"expected a mapping{what}, found {described(node)}"
            )
        wrong = self.wrong
        values = layout.defaults.copy()
        values[0], values[1] = node.start, self.tree
        find = layout.slots.get
        for name, child in node.value.items():
            key = find(name)
            value = child.value
            if key is None:
                self._unknown(layout, node, name, child)
            elif type(value) is key.exact and value:
                values[key.index] = value
            elif value is not None or not key.nullable:
                before = self.wrong
                read = key.read(self, child)
                if read is INVALID or self.wrong != before:
                    read = self._spoilt(layout, key, read)
                values[key.index] = read
        if node.duplicates:
            self._repeated(node, lenient=False, layout=layout)
        if layout.respelt:
            self._respelt(layout, node)
        if not layout.required <= node.value.keys():
            self._missing(layout, node)
        if self.wrong != wrong:
            values[2] = False
            if BROKEN in node.value:  # any key that is not there may be meant
                for key in cls.keys:
                    if key.name not in self._stated(layout, node):
                        self._lose(layout, key)
            if not self._completed(cls, node, values):
                return INVALID
        return layout.make(values)

    def _spoilt(self, layout: Layout, key: Key, value: Any) -> Any:
        """Return what to go on with where a value, or a part of it, could not be read."""
        if value is INVALID or key.kind.section is None:
            self._lose(layout, key)
        return key.default if value is INVALID and not key.required else value

    def _lose(self, layout: Layout, key: Key) -> None:
        """Count the value of a key as lost, unless its section cannot be without it."""
        if not key.required or key.kind.instead is not INVALID:
            self.losses.add(layout, key)

    def _completed(self, cls: type[Section], node: Mapping, values: list[Any]) -> bool:
        """Put something in the place of needed values that are missing; return whether that is possible."""
        for key in cls.keys:
            if values[key.index] is INVALID or values[key.index] is REQUIRED:
                if key.kind.instead is INVALID:
                    name = node.value.get("name")
                    named = name is not None and type(name.value) is str and name.value
                    if cls.path not in _NAMED or not named:
                        self.losses.add(cls.layout)
                    return False
                values[key.index] = key.kind.instead
                self.losses.add(cls.layout, key)
        return True

    def _missing(self, layout: Layout, node: Mapping) -> None:
        """Report the needed keys that are not there, unless an unknown one is reported that may be meant as one."""
        missing = layout.required - self._stated(layout, node)
        if not missing:
            return
        self.wrong += 1
        if BROKEN in node.value:  # they may well be there
            return
        meant = {self._meant(layout, name) for name in node.value if name not in layout.slots}
        names = sorted(missing - meant)
        if not names or (
            None in meant and not layout.lenient
        ):  # an unknown key tells what is missing
            return
        start = Node(None, node.start, 1) if node.length else node
        first = next(iter(node.value.values()), None)
        place = first.key if first is not None and first.key and not node.merged else start
        what = ("keys " if len(names) > 1 else "key ") + ", ".join(f"`{name}`" for name in names)
        self.report(MISSING_KEY, place, f"missing {what} in `{layout.path}`")

    def _stated(self, layout: Layout, node: Mapping) -> set[str]:
        return {key.name for name, key in layout.slots.items() if name in node.value}

    def _meant(self, layout: Layout, name: object) -> str | None:
        """Return the key that is meant by one that does not exist."""
        known = name in layout.slots or not isinstance(name, str)
        near = None if known else did_you_mean(str(name), layout.slots)
        return None if near is None else layout.slots[near].name

    def _unknown(self, layout: Layout, node: Mapping, name: object, child: Node) -> None:
        if name is BROKEN:
            self.wrong += 1
            return
        text = isinstance(name, str)
        near = did_you_mean(str(name), layout.slots) if text else None
        missing = layout.required - self._stated(layout, node)
        needed = layout.slots[near].name in missing if near else False
        tolerated = layout.lenient and not needed
        if not tolerated:
            self.wrong += 1
            if near:
                self._lose(layout, layout.slots[near])
        self.diagnostics.report(
            UNKNOWN_KEY,
            self._span(child.key or child),
            f"unknown key `{name}` in `{layout.path}`" if text else "a key must be a string",
            help=f"a key with a similar name exists: `{near}`"
            if near
            else f"needed and not there: {', '.join(f'`{key}`' for key in sorted(missing))}"
            if missing and not tolerated
            else None,
            severity=Severity.WARNING if tolerated else None,
        )

    def _repeated(self, node: Mapping, lenient: bool, layout: Layout | None = None) -> None:
        for later, earlier in node.duplicates or ():
            same = data(later) == data(earlier)
            name = later.key.value if later.key else "?"
            if not same and not lenient:
                self.wrong += 1
                if layout is not None and name in layout.slots:
                    self.losses.add(layout, layout.slots[name])
            self.diagnostics.report(
                codes.REPEATED_KEY if same or lenient else codes.CONTRADICTING_KEY,
                self._span(later.key or later),
                f"the key `{name}` is repeated with {'the same' if same else 'another'} value",
                help=None if same else "the last one holds" if lenient else "remove one of the two",
                related=[Related(self._span(earlier.key or earlier), "it is stated first here")],
            )

    def _respelt(self, layout: Layout, node: Mapping) -> None:
        """Report keys that are stated in two spellings."""
        first: dict[str, Node] = {}
        for name, child in node.value.items():
            key = layout.slots.get(name)
            if key is None or not key.spellings:
                continue
            earlier = first.setdefault(key.name, child)
            if earlier is not child:
                self.wrong += 1
                self.losses.add(layout, key)
                self.diagnostics.report(
                    TWO_SPELLINGS,
                    self._span(child.key or child),
                    f"`{name}` is another spelling of `{earlier.key.value if earlier.key else '?'}`",
                    help="remove one of the two",
                    related=[
                        Related(self._span(earlier.key or earlier), "it is stated first here")
                    ],
                )

    def _span(self, node: Node) -> Span:
        return Span(self.file, node.start, node.end)


def _broken(value: Any) -> bool:
    """Return whether a part of plain data is broken."""
    if isinstance(value, dict):
        return BROKEN in value or any(map(_broken, value.values()))
    if isinstance(value, list):
        return any(map(_broken, value))
    return value is BROKEN
