"""How the language is declared: a section is a dataclass, a key is one of its fields.

The decoder (`frontend.binder`), the JSON Schema (`language.schema`) and the reference page (`language.reference`) are
driven by these declarations and hold no keys of their own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, dataclass_transform

from selinon_compiler.frontend.nodes import Mapping as MappingNode
from selinon_compiler.frontend.nodes import Node
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

SECTIONS: Final[dict[str, type[Section]]] = {}
"""All sections by their path, in the order of declaration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a section.

    `name` is how it is spelt in YAML, `spellings` what else is accepted. `nullable` says that an empty value means
    the default.
    """

    field: str
    name: str
    kind: Kind
    doc: str
    default: Any
    spellings: tuple[str, ...]
    nullable: bool

    @property
    def required(self) -> bool:
        """Whether the key must be stated."""
        return self.default is REQUIRED


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
    metadata = {
        "kind": kind,
        "doc": doc,
        "default": default,
        "name": name,
        "spellings": spellings,
        "nullable": default is not REQUIRED if nullable is None else nullable,
    }
    return field(metadata=metadata, default=default)


@dataclass(frozen=True, slots=True)
class Layout:
    """What the binder needs to fill one section: where each spelling goes, and the values to start from."""

    path: str
    lenient: bool
    make: Callable[..., Any]
    slots: Mapping[str, tuple[int, Key]]
    defaults: tuple[Any, ...]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of syntax that knows where it was written: the mapping it was read from, and the file of that."""

    path: ClassVar[str]
    lenient: ClassVar[bool]
    keys: ClassVar[tuple[Key, ...]]
    layout: ClassVar[Layout]

    node: MappingNode = field(compare=False, repr=False)
    file: SourceFile = field(compare=False, repr=False)

    @property
    def span(self) -> Span:
        """Return where the section stands."""
        return self.span_of_node(self.node)

    def span_of_node(self, node: Node) -> Span:
        """Return the place of a node of the same file."""
        return Span(self.file, node.start, node.end)

    def span_of(self, *names: str) -> Span:
        """Return the place of the value of the first of these keys that is stated, else that of the section."""
        for name in names:
            if name in self.node.value:
                return self.span_of_node(self.node.value[name])
        return self.span

    def states(self, name: str) -> bool:
        """Return whether a key is stated."""
        return name in self.node.value


@dataclass_transform(frozen_default=True, field_specifiers=(key, field))
def section(path: str, *, lenient: bool = False) -> Callable[[type[S]], type[S]]:
    """Make a class a section of the language; `path` names it in messages and in the reference.

    Keys that a `lenient` section does not define are only warned of.
    """

    def wrap(cls: type[S]) -> type[S]:
        made = dataclass(frozen=True, slots=True)(cls)
        keys = tuple(_key(item) for item in dataclasses.fields(made) if "kind" in item.metadata)
        made.path, made.lenient, made.keys = path, lenient, keys
        made.layout = _layout(made, path, keys)
        assert SECTIONS.setdefault(path, made) is made, f"{path} is declared twice"
        return made

    return wrap


def _key(item: dataclasses.Field[Any]) -> Key:
    metadata = dict(item.metadata)
    name = metadata.pop("name") or item.name.rstrip("_")
    return Key(field=item.name, name=name, **metadata)


def _layout(made: type[Section], path: str, keys: tuple[Key, ...]) -> Layout:
    """Number the keys: positions 0 and 1 of a section's values are its node and its file."""
    slots = {
        spelling: (index, item)
        for index, item in enumerate(keys, start=2)
        for spelling in (item.name, *item.spellings)
    }
    defaults = (None, None, *(item.default for item in keys))
    required = frozenset(item.name for item in keys if item.required)
    return Layout(path, made.lenient, made, slots, defaults, required)
