"""Plans as JSON, both ways.

Records become objects of their fields, fields with default values left out, members of a union with their class as
`kind`. Values of users that JSON does not have are written as an object with one key: `$real` (`nan`, `inf`,
`-inf`), `$moment` (ISO 8601), `$binary` (hexadecimal digits), `$map` (a list of pairs, for mappings with keys that are
not strings or that look like one of these).

The text has one line for each flow, task, storage and schema, so that those of an earlier build can be taken over, and
so that a difference shows which of them changed.
"""

from __future__ import annotations

import functools
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, Final, TypeVar

from selinon.abi import binary, moment, real
from selinon.record import FEW, Record, defaults_of
from selinon_compiler.plan.conditions import AndPlan, CallPlan, NotPlan, OrPlan
from selinon_compiler.plan.text import document, section
from selinon_compiler.plan.types import Plan

T = TypeVar("T")
_KINDS: dict[str, type] = {"call": CallPlan, "not": NotPlan, "and": AndPlan, "or": OrPlan}
_NAMES = {cls: name for name, cls in _KINDS.items()}


def dumps(plan: Plan) -> str:
    """Return the canonical JSON text of a plan."""
    flows = [line(flow).encode("ascii") for flow in plan.flows]
    return document(flows, nodes_text(plan).encode("ascii")).decode("ascii")


def line(value: Any) -> str:
    """Return the canonical JSON text of a part of a plan: one line, sorted keys, ASCII, no blanks.

    Raises TypeError for a value that a plan cannot hold.
    """
    kind = type(value)
    if kind is str:
        return _quoted(value)
    if kind is tuple or kind is list:
        # Most values are texts: not to call for these is a third of the work.
        items = [_quoted(item) if type(item) is str else line(item) for item in value]
        return "[" + ",".join(items) + "]"
    write = _WRITERS.get(kind)
    if write is not None:
        return write(value)
    if kind is dict:
        return _mapping(value)
    if isinstance(value, Record):
        if kind.made <= FEW:
            return _record(value)
        _WRITERS[kind] = write = _writer(kind)
        return write(value)
    return _mapping(value) if isinstance(value, Mapping) else _scalar(value)


def nodes_text(plan: Plan) -> str:
    """Return the text of all but the flows of a plan."""
    schemas = [f"{line(file)}:{line(text)}" for file, text in sorted(plan.schemas.items())]
    return ",\n".join(
        (
            section("schemas", "{", schemas, "}"),
            f'"settings": {line(plan.settings)}',
            section("storages", "[", map(line, plan.storages), "]"),
            section("tasks", "[", map(line, plan.tasks), "]"),
        )
    )


def loads(text: str) -> Plan:
    """Return the plan that a text written by `dumps` stands for; raises ValueError when it is none."""
    try:
        return decode(Plan, json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a plan: {error!r}") from error


def _record(record: Record) -> str:
    """Return the text of a record of a class of which there are few."""
    entries = [f'"{name}":{line(value)}' for name, value in record.stated()]
    if type(record) in _NAMES:
        entries.append(f'"kind":"{_NAMES[type(record)]}"')
    return (
        "{" + ",".join(sorted(entries)) + "}"
    )  # a quotation mark comes before all that names consist of


_WRITERS: Final[dict[type, Callable[[Any], str]]] = {}
"""What writes the records of a class, for the classes that were met so far."""


def _writer(kind: type[Record]) -> Callable[[Any], str]:
    """Return a function of its own for the records of a class: of a plan, they are almost all.

    It goes through the keys in sorted order, and passes over the fields that have their defaults.
    """
    defaults = defaults_of(kind)
    space: dict[str, Any] = {"_line": line, "_quoted": _quoted}
    body = []
    for name in sorted(kind.__slots__ + ("kind",) * (kind in _NAMES)):
        if name not in kind.__slots__:
            own = f'"kind":"{_NAMES[kind]}"'
            body.append(f"    found.append({own!r})")
            continue
        text = "_quoted(value) if type(value) is str else _line(value)"
        write = f"found.append('\"{name}\":' + ({text}))"
        if name in defaults:
            space[f"_default_{name}"], space[f"_type_{name}"] = defaults[name], type(defaults[name])
            other = f"type(value) is not _type_{name} or value != _default_{name}"
            write = f"if value is not _default_{name} and ({other}): {write}"
        body += [f"    value = record.{name}", f"    {write}"]
    result = "    return '{' + ','.join(found) + '}'"
    exec("\n".join(["def write(record):", "    found = []", *body, result]), space)
    write_record: Callable[[Any], str] = space["write"]
    return write_record


def _mapping(value: Mapping[Any, Any]) -> str:
    for key in value:
        if not isinstance(key, str) or key.startswith("$"):
            return f'{{"$map":{line([list(pair) for pair in value.items()])}}}'
    entries = [f"{_quoted(key)}:{line(value[key])}" for key in sorted(value)]
    return "{" + ",".join(entries) + "}"


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | str():
            return json.dumps(value)
        case float():
            return float.__repr__(value) if math.isfinite(value) else f'{{"$real":"{value}"}}'
        case date():
            return f'{{"$moment":"{value.isoformat()}"}}'
        case bytes():
            return f'{{"$binary":"{value.hex()}"}}'
        case tuple() | list():
            return line([*value])
        case _:
            raise TypeError(f"a plan cannot hold a value of the type {type(value).__name__}")


def decode(kind: type[T], value: Any) -> T:
    """Return the record whose text, as `line` writes it, was read as this JSON value."""
    read: Any = _decode(kind, value)
    return typing.cast(T, read)


def _decode(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _decode_union(arguments, value)
    if isinstance(kind, type) and issubclass(kind, Record):
        hints = _hints(kind)
        fields = {key: item for key, item in value.items() if key in hints or kind not in _NAMES}
        return kind(**{key: _decode(hints[key], item) for key, item in fields.items()})
    if origin is tuple:
        return tuple(_decode(arguments[0], item) for item in value)
    return _value(value)


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode_union(members: tuple[Any, ...], value: Any) -> Any:
    if isinstance(value, dict) and "$real" in value:
        return _value(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict) and value.get("kind") in _KINDS and set(members) & set(_NAMES):
        return _decode(_KINDS[value["kind"]], value)
    if isinstance(value, list):
        return _decode(next(m for m in members if typing.get_origin(m) is tuple), value)
    return _decode(next(m for m in members if isinstance(m, type) and issubclass(m, Record)), value)


def _value(value: Any) -> Any:
    """Return a user's value."""
    if isinstance(value, list):
        return [_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, item),) = value.items()
        match key:
            case "$real":
                return real(item)
            case "$moment":
                return moment(item)
            case "$binary":
                return binary(item)
            case "$map":
                return {_key(_value(name)): _value(entry) for name, entry in item}
    return {key: _value(item) for key, item in value.items()}


def _key(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
