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

from dataclasses import dataclass
from typing import Any, TypeVar

from selinon_compiler.diagnostics import Diagnostics, Related, Rule, Severity, did_you_mean
from selinon_compiler.frontend import codes
from selinon_compiler.frontend.nodes import Mapping, Node, data
from selinon_compiler.frontend.yaml_reader import compose
from selinon_compiler.language.codes import MISSING_KEY, UNKNOWN_KEY, UNSUPPORTED, WRONG_TYPE
from selinon_compiler.language.kinds import described
from selinon_compiler.language.table import INVALID, REQUIRED, Key, Layout, Section
from selinon_compiler.source import SourceFile, Span

S = TypeVar("S", bound=Section)

__all__ = ["bind", "compose"]


@dataclass(slots=True)
class Losses:
    """Counts sections that could not be read and are left out: what names them must not be taken for wrong."""

    sections: int = 0


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
    kept = Mapping(
        {k: v for k, v in node.value.items() if k in layout.slots}, node.start, node.length
    )
    kept.merged, kept.weight = node.merged, node.weight
    kept.duplicates = [
        pair for pair in node.duplicates or () if pair[0].key and pair[0].key.value in kept.value
    ]
    return kept


class Binder:
    """Binds the nodes of one file; it is the `Reader` of the language's kinds."""

    __slots__ = ("complaints", "diagnostics", "file", "losses")

    def __init__(self, file: SourceFile, diagnostics: Diagnostics, losses: Losses) -> None:
        self.file = file
        self.diagnostics = diagnostics
        self.losses = losses
        self.complaints = 0  # what stands under an anchor is read, and counted, wherever it is used

    def report(self, rule: Rule, node: Node, message: str, help: str | None = None) -> Any:
        """Report something about a node; return `INVALID`."""
        self.complaints += 1
        self.diagnostics.report(rule, Span(self.file, node.start, node.end), message, help=help)
        return INVALID

    def data(self, node: Node, *, lenient: bool) -> Any:
        """Return a user's value as plain data; with `lenient`, repeated keys are only warned of."""
        repeated: list[Mapping] = []
        value = data(node, repeated)
        for mapping in repeated:
            self._repeated(mapping, lenient)
        return value

    def bind(self, cls: type[Section], node: Node) -> Any:
        """Return the section read from a node, or `INVALID`."""
        layout = cls.layout
        if type(node) is not Mapping:
            self.losses.sections += 1
            return self.report(
                WRONG_TYPE, node, f"expected a mapping for `{layout.path}`, found {described(node)}"
            )
        complaints = self.complaints
        values = layout.defaults.copy()
        values[0], values[1] = node, self.file
        find = layout.slots.get
        for name, child in node.value.items():
            key = find(name)
            value = child.value
            if key is None:
                self._unknown(layout, name, child)
            elif type(value) is key.exact and value:
                values[key.index] = value
            elif value is not None or not key.nullable:
                read = key.read(self, child)
                if read is INVALID or key.unsupported:
                    read = self._unusual(layout, key, child, read)
                values[key.index] = read
        if node.duplicates:
            self._repeated(node, lenient=False)
        if not layout.required <= node.value.keys():
            self._missing(layout, node)
        for index in layout.needed:
            if values[index] is INVALID or values[index] is REQUIRED:
                self.losses.sections += 1
                return INVALID
        if self.complaints != complaints:
            values[2] = False
        return layout.make(values)

    def _unusual(self, layout: Layout, key: Key, child: Node, value: Any) -> Any:
        if value is INVALID and not key.required:
            self.losses.sections += key.kind.names_others
            return key.default
        if key.unsupported and value not in (None, False, ()):
            self._unsupported(layout, key, child)
        return value

    def _missing(self, layout: Layout, node: Mapping) -> None:
        stated = {layout.slots[name].name for name in node.value if name in layout.slots}
        for name in sorted(layout.required - stated):
            start = Node(None, node.start, 1) if node.length else node
            first = next(iter(node.value.values()), None)
            place = first.key if first is not None and first.key and not node.merged else start
            self.report(MISSING_KEY, place, f"missing key `{name}` in `{layout.path}`")

    def _unknown(self, layout: Layout, name: object, child: Node) -> None:
        self.complaints += 1
        text = isinstance(name, str)
        near = did_you_mean(str(name), layout.slots) if text else None
        self.diagnostics.report(
            UNKNOWN_KEY,
            self._span(child.key or child),
            f"unknown key `{name}` in `{layout.path}`" if text else "a key must be a string",
            help=f"a key with a similar name exists: `{near}`" if near else None,
            severity=Severity.WARNING if layout.lenient else None,
        )

    def _unsupported(self, layout: Layout, key: Key, child: Node) -> None:
        self.report(
            UNSUPPORTED,
            child.key or child,
            f"`{key.name}` in `{layout.path}` is not supported by this version",
        )

    def _repeated(self, node: Mapping, lenient: bool) -> None:
        self.complaints += 1
        for later, earlier in node.duplicates or ():
            same = data(later) == data(earlier)
            name = later.key.value if later.key else "?"
            self.losses.sections += not (same or lenient)
            self.diagnostics.report(
                codes.REPEATED_KEY if same or lenient else codes.CONTRADICTING_KEY,
                self._span(later.key or later),
                f"the key `{name}` is repeated with {'the same' if same else 'another'} value",
                help=None if same else "the last one holds" if lenient else "remove one of the two",
                related=[Related(self._span(earlier.key or earlier), "it is stated first here")],
            )

    def _span(self, node: Node) -> Span:
        return Span(self.file, node.start, node.end)
