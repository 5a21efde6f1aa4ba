"""How the language is declared: a section is a class, a key is one of its fields.

The decoder (`frontend.binder`), the JSON Schema (`language.schema`) and the reference page (`language.reference`) are
driven by these declarations and hold no keys of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from operator import itemgetter
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Final,
    NamedTuple,
    TypeVar,
    cast,
)

from selinon_compiler.frontend.nodes import Mapping as MappingNode
from selinon_compiler.frontend.nodes import Node, Tree
from selinon_compiler.source import SourceFile, Span

if TYPE_CHECKING:
    from selinon_compiler.language.kinds import Kind

S = TypeVar("S", bound="Section")


class _Marker:
    """A value that no YAML document can hold."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


REQUIRED: Final = _Marker("REQUIRED")
"""The default of a key that must be stated."""

INVALID: Final = _Marker("INVALID")
"""What a kind returns for a value it has reported."""

FIXED: Final = 3
"""So many values of a section come before those of its keys: its start, its tree, and whether it is intact."""

SECTIONS: Final[dict[str, type[Section]]] = {}
"""All sections by their path, in the order of declaration."""


class Key:
    """One key of a section.

    `name` is how it is spelt in YAML, `spellings` what else is accepted; `index` is the position of its value in a
    section. `nullable` says that an empty value means the default.
    """

    __slots__ = (
        "default",
        "doc",
        "exact",
        "field",
        "index",
        "kind",
        "name",
        "nullable",
        "read",
        "required",
        "spellings",
    )

    def __init__(self, field: str, index: int, declared: _Declared) -> None:
        self.field = field
        self.index = index
        self.kind = declared.kind
        self.name = declared.name or field.rstrip("_")
        self.doc = declared.doc
        self.default = declared.default
        self.required = declared.default is REQUIRED
        self.nullable = not self.required if declared.nullable is None else declared.nullable
        self.spellings = declared.spellings
        self.exact = self.kind.exact
        self.read = self.kind.read


class _Declared(NamedTuple):
    """What is stated about a key where it is declared."""

    kind: Kind
    doc: str
    default: Any
    name: str | None
    spellings: tuple[str, ...]
    nullable: bool | None


def key(
    kind: Kind,
    *,
    doc: str,
    default: Any = REQUIRED,
    name: str | None = None,
    spellings: tuple[str, ...] = (),
    nullable: bool | None = None,
) -> Any:
    """Declare one key of a section; by default, a key that has a default may also be left empty."""
    return _Declared(kind, doc, default, name, spellings, nullable)


class Layout(NamedTuple):
    """What the binder needs to fill one section: where each spelling goes, and the values to start from.

    `respelt` says that some key has several spellings.
    """

    path: str
    lenient: bool
    make: Callable[[list[Any]], Any]
    slots: Mapping[str, Key]
    defaults: list[Any]
    required: frozenset[str]
    respelt: bool


if TYPE_CHECKING:
    _Row = object
else:
    _Row = tuple


class Section(_Row):
    """A piece of syntax that knows where it was written: the mapping it was read from, and the file of that.

    A section is a tuple: ten thousand flows hold half a million values, and nothing else is made as fast or as small.
    For the same reason it keeps but the offset `start` of its mapping in the `tree` of its file. `intact` says that
    nothing below was left out as wrong. Sections are equal when the values of their keys are.
    """

    __slots__ = ()

    path: ClassVar[str]
    lenient: ClassVar[bool]
    keys: ClassVar[tuple[Key, ...]]
    layout: ClassVar[Layout]

    start: int
    tree: Tree
    intact: bool

    if TYPE_CHECKING:

        def __init__(self, start: int, tree: Tree, intact: bool = True, **values: Any) -> None: ...

    else:
        start = property(itemgetter(0))
        tree = property(itemgetter(1))
        intact = property(itemgetter(2))

        def __new__(cls, start, tree, intact=True, **values):
            """Make a section of values by field; the others have their defaults."""
            made = [start, tree, intact, *cls.layout.defaults[FIXED:]]
            for item in cls.keys:
                if item.field in values:
                    made[item.index] = values[item.field]
            return tuple.__new__(cls, made)

        def __eq__(self, other):
            return type(self) is type(other) and self[FIXED:] == other[FIXED:]

        def __hash__(self):
            return hash(self[FIXED:])

    def __repr__(self) -> str:
        stated = [(item.field, getattr(self, item.field), item.default) for item in self.keys]
        shown = [f"{name}={value!r}" for name, value, default in stated if value is not default]
        return f"{type(self).__name__}({', '.join(shown)})"

    @property
    def file(self) -> SourceFile:
        """Return the file in which the section stands."""
        return self.tree.file

    @property
    def node(self) -> MappingNode:
        """Return the mapping that the section was read from."""
        return self.tree.mapping(self.start)

    @property
    def span(self) -> Span:
        """Return where the section stands."""
        return self.span_of_node(self.node)

    def span_of_node(self, node: Node) -> Span:
        """Return the place of a node of the same file."""
        return Span(self.file, node.start, node.end)

    def span_of(self, *names: str) -> Span:
        """Return the place of the value of the first of these keys that is stated, else that of the section."""
        stated = self.node.value
        for name in names:
            if name in stated:
                return self.span_of_node(stated[name])
        return self.span

    def states(self, name: str) -> bool:
        """Return whether a key is stated."""
        return name in self.node.value


def section(path: str, *, lenient: bool = False) -> Callable[[type[S]], type[S]]:
    """Make a class a section of the language; `path` names it in messages and in the reference.

    Keys that a `lenient` section does not define are only warned of.
    """

    def wrap(cls: type[S]) -> type[S]:
        declared = [(n, v) for n, v in vars(cls).items() if isinstance(v, _Declared)]
        keys = tuple(Key(name, index, of) for index, (name, of) in enumerate(declared, FIXED))
        body = {n: v for n, v in vars(cls).items() if n not in ("__dict__", "__weakref__")}
        body |= {item.field: property(itemgetter(item.index), doc=item.doc) for item in keys}
        made = cast(type[S], type(cls.__name__, cls.__bases__, {**body, "__slots__": ()}))
        made.path, made.lenient, made.keys = path, lenient, keys
        made.layout = _layout(made, path, keys)
        assert SECTIONS.setdefault(path, made) is made, f"{path} is declared twice"
        return made

    return wrap


def _layout(cls: type[Section], path: str, keys: tuple[Key, ...]) -> Layout:
    return Layout(
        path=path,
        lenient=cls.lenient,
        make=partial(_Row.__new__, cls),
        slots={spelling: item for item in keys for spelling in (item.name, *item.spellings)},
        defaults=[None, None, True, *(item.default for item in keys)],
        required=frozenset(item.name for item in keys if item.required),
        respelt=any(item.spellings for item in keys),
    )
