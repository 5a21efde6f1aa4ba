"""Plans as JSON, both ways.

Records become objects of their fields, fields with default values left out, members of a union with their class as
`kind`. Values of users that JSON does not have are written as an object with one key: `$real` (`nan`, `inf`,
`-inf`), `$moment` (ISO 8601), `$binary` (hexadecimal digits), `$map` (a list of pairs, for mappings with keys that are
not strings or that look like one of these).

The text has one line for each flow, task, storage and schema, so that those of an earlier build can be taken over, and
so that a difference shows which of them changed.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, TypeVar

from selinon.abi import binary, moment, real
from selinon.record import Record
from selinon_compiler.plan.conditions import AndPlan, CallPlan, NotPlan, OrPlan
from selinon_compiler.plan.text import document, section
from selinon_compiler.plan.types import EdgePlan, FailurePlan, Plan

T = TypeVar("T")
_KINDS: dict[str, type] = {"call": CallPlan, "not": NotPlan, "and": AndPlan, "or": OrPlan}
_NAMES = {cls: name for name, cls in _KINDS.items()}
_LEFT: Final = {str, int, bool, type(None), EdgePlan, FailurePlan, *_NAMES}
"""The types of most of what is left to the encoder as it is."""


def dumps(plan: Plan) -> str:
    """Return the canonical JSON text of a plan."""
    return document(map(line, plan.flows), nodes_text(plan))


def line(value: Any) -> str:
    """Return the canonical JSON text of a part of a plan: one line, sorted keys, ASCII, no blanks."""
    return _ENCODER.encode(value)


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


def _fields(record: Record) -> dict[str, Any]:
    """Return the object that a record becomes; the records in it are left to the encoder."""
    fields = dict(record.stated())
    for name, item in fields.items():
        if type(item) not in _LEFT:
            fields[name] = _encoded(item)
    kind = type(record)
    if kind in _NAMES:
        fields["kind"] = _NAMES[kind]
    return fields


_ENCODER = json.JSONEncoder(
    sort_keys=True, allow_nan=False, check_circular=False, separators=(",", ":"), default=_fields
)


def _encoded(value: Any) -> Any:
    """Return a JSON value for a user's value, or for names and records in a tuple; records stay as they are."""
    kind = type(value)
    if kind in _LEFT:
        return value
    if kind is list or kind is tuple:
        return [item if type(item) in _LEFT else _encoded(item) for item in value]
    if kind is dict or isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str) or key.startswith("$"):
                return {"$map": [[_encoded(name), _encoded(item)] for name, item in value.items()]}
        return {key: _encoded(item) for key, item in value.items()}
    return _encoded_scalar(value)


def _encoded_scalar(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"$real": str(value)}
    if isinstance(value, datetime | date):
        return {"$moment": value.isoformat()}
    if isinstance(value, bytes):
        return {"$binary": value.hex()}
    return value


def decode(kind: type[T], value: Any) -> T:
    """Return the record whose text, as `line` writes it, was read as this JSON value."""
    read: Any = _decode(kind, value)
    return typing.cast(T, read)


def _decode(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _decode_union(arguments, value)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
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
    return _decode(next(m for m in members if dataclasses.is_dataclass(m)), value)


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
