"""Frozen values with named fields, like dataclasses, but quick to define.

Every worker imports the contract between compiler and runtime, and uses a few of its types. Making a dataclass costs
half a millisecond, and importing what makes them several; a record costs next to nothing, and code that makes records
quickly is compiled only for a class of which there are many. To `dataclasses.fields`, `replace` and `is_dataclass` a
record is a dataclass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final, dataclass_transform

if TYPE_CHECKING:
    from dataclasses import Field

__all__ = ["FEW", "Record", "Remembering", "defaults_of", "made_by"]

FEW: Final = 100
"""As long as it takes to make so many records by `_filled` it takes to make a constructor for their class."""


class _Factory:
    """A default value that is made anew for each record."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def made_by(*, default_factory: Callable[[], Any]) -> Any:
    """Declare a field whose default value is made anew for each record."""
    return _Factory(default_factory)


class _Fields:
    """The fields of records, as the module `dataclasses` describes them, by class."""

    def __init__(self) -> None:
        self._known: dict[type[Record], Any] = {}

    def __get__(self, record: Record | None, kind: type[Record]) -> Any:
        if kind not in self._known:
            self._known[kind] = _described(kind)
        return self._known[kind]


def _described(kind: type[Record]) -> Any:
    import dataclasses

    fields: list[Any] = []
    for name in kind.__slots__:
        default = kind.defaults.get(name, dataclasses.MISSING)
        if isinstance(default, _Factory):
            fields.append((name, Any, dataclasses.field(default_factory=default.make)))
        else:
            fields.append((name, Any, dataclasses.field(default=default)))
    made: Any = dataclasses.make_dataclass(kind.__name__, fields, kw_only=True)
    return made.__dataclass_fields__


def defaults_of(kind: type[Record]) -> dict[str, Any]:
    """Return the defaults of those fields of a class that have one; what is made anew for each record is made."""
    return {
        name: default.make() if isinstance(default, _Factory) else default
        for name, default in kind.defaults.items()
    }


@cache
def _defaults(kind: type[Record]) -> tuple[tuple[Any, ...], Callable[[Any], tuple[Any, ...]]]:
    """Return the defaults of the fields of a class, and what gets the values of a record.

    Of a field without a default it is a value that nothing equals.
    """
    known = defaults_of(kind)
    found = tuple([known.get(name, object()) for name in kind.__slots__])
    # Of a single name, a getter returns the value itself.
    return found, attrgetter(*kind.__slots__) if len(found) > 1 else kind._values


def _filled(record: Record, values: tuple[Any, ...], named: Mapping[str, Any]) -> bool:
    """Set the fields of a new record; return whether the values are those that it takes."""
    kind = type(record)
    placed = dict(zip(kind.__slots__, values, strict=False))
    given = {**kind.defaults, **placed, **named}
    if len(placed) < len(values) or placed.keys() & named or given.keys() != set(kind.__slots__):
        return False
    for name, value in given.items():
        made = value.make() if isinstance(value, _Factory) else value
        object.__setattr__(record, name, made)
    return True


def _constructor(kind: type[Record]) -> Callable[..., None]:
    """Return an `__init__` for a class that takes each field by its name or place, as that of a dataclass."""
    space: dict[str, Any] = {"_unset": object()}
    parameters, body = [], []
    for name in kind.__slots__:
        default = kind.defaults.get(name)
        if isinstance(default, _Factory):
            space[f"_make_{name}"] = default.make
            parameters.append(f"{name}=_unset")
            body.append(f"    if {name} is _unset: {name} = _make_{name}()")
        elif name in kind.defaults:
            space[f"_default_{name}"] = default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        space[f"_set_{name}"] = kind.__dict__[name].__set__
        body.append(f"    _set_{name}(self, {name})")
    text = "\n".join([f"def __init__({', '.join(['self', *parameters])}):", *body, "    return"])
    exec(text, space)
    made: Any = space["__init__"]
    made.__qualname__ = f"{kind.__name__}.__init__"
    return made  # type: ignore[no-any-return]


def _stater(kind: type[Record]) -> Callable[..., list[tuple[str, Any]]]:
    """Return a `stated` for a class."""
    space: dict[str, Any] = {}
    body = []
    for name, default in zip(kind.__slots__, _defaults(kind)[0], strict=True):
        state = f"found.append(({name!r}, value))"
        body.append(f"    value = self.{name}")
        if name in kind.defaults:
            space[f"_default_{name}"], space[f"_type_{name}"] = default, type(default)
            other = f"type(value) is not _type_{name} or value != _default_{name}"
            state = f"if value is not _default_{name} and ({other}): {state}"
        body.append(f"    {state}")
    text = "\n".join(["def stated(self):", "    found = []", *body, "    return found"])
    exec(text, space)
    made: Any = space["stated"]
    made.__qualname__ = f"{kind.__name__}.stated"
    return made  # type: ignore[no-any-return]


class _RecordType(type):
    """Turns the annotations of a class into its slots, and the values that stand there into defaults."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _RecordType:
        fields = tuple(
            field
            for field, kind in namespace.get("__annotations__", {}).items()
            if not kind.startswith("ClassVar")
        )
        defaults = {field: namespace.pop(field) for field in fields if field in namespace}
        return super().__new__(
            mcs, name, bases, {**namespace, "__slots__": fields, "defaults": defaults, "made": 0}
        )


class Remembering:
    """A base of records, before `Record`, whose classes have cached properties."""


@dataclass_transform(frozen_default=True, field_specifiers=(made_by,))
class Record(metaclass=_RecordType):
    """A frozen value; the annotations of a subclass are its fields, in this order."""

    if TYPE_CHECKING:
        __slots__: ClassVar[tuple[str, ...]]
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
        defaults: ClassVar[dict[str, Any]]
        made: ClassVar[int]
    else:
        __dataclass_fields__ = _Fields()

    def __init__(self, *values: Any, **named: Any) -> None:
        kind = type(self)
        kind.made += 1
        if kind.made > FEW or not _filled(self, values, named):
            kind.__init__ = made = _constructor(kind)  # type: ignore[method-assign]  # from now on
            made(self, *values, **named)  # which also says what is wrong with values that are

    def stated(self) -> list[tuple[str, Any]]:
        """Return the fields whose values are not their defaults, with these values."""
        kind = type(self)
        if kind.made > FEW:
            kind.stated = made = _stater(kind)  # type: ignore[method-assign]  # from now on
            return made(self)
        defaults, values = _defaults(kind)
        found = []
        for name, item, default in zip(self.__slots__, values(self), defaults, strict=True):
            if item is not default and (type(item) is not type(default) or item != default):
                found.append((name, item))
        return found

    def _values(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.__slots__])

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[type[Record], tuple[Any, ...]]:
        return type(self), self._values()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot assign to `{name}` of a {type(self).__name__}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"cannot delete `{name}` of a {type(self).__name__}")
