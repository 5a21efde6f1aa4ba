"""Records: frozen values that behave as dataclasses do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from selinon.abi import CacheSpec, Reference, TaskSpec
from selinon.record import FEW, Record, made_by


class Point(Record):
    """Two numbers and notes."""

    x: int
    y: int = 0
    notes: Mapping[str, Any] = made_by(default_factory=dict)


def test_fields_are_given_by_name_and_by_place() -> None:
    """Both ways make equal records, which show how they can be made."""
    assert Point(1, 2) == Point(x=1, y=2) == Point(1, y=2)
    assert repr(Point(1)) == "Point(x=1, y=0, notes={})"
    assert Point(1) != Point(2)
    assert Point(1) != (1, 0, {})
    assert hash(Reference("m", "n")) == hash(Reference("m", "n"))


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((1, 2, {}, 3), {}), ((1,), {"x": 1}), ((1,), {"z": 1}), ((), {"y": 1})],
)
def test_wrong_fields_are_refused(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    """A missing, an unknown, a repeated or a surplus value is an error."""
    with pytest.raises(TypeError, match="Point"):
        Point(*values, **named)


@pytest.mark.parametrize("before", [0, FEW])
def test_many_records_are_made_as_few_are(before: int) -> None:
    """Defaults, values by place and by name, and what is refused do not depend on how many records there are."""

    class Mark(Record):
        x: int
        notes: Mapping[str, Any] = made_by(default_factory=dict)

    made = [Mark(0) for _ in range(before)]
    assert Mark(0) == Mark(x=0) == Mark(0, notes={}) == Mark(0, {})
    assert all(mark == Mark(0) for mark in made)
    assert Mark(0).notes is not Mark(0).notes
    wrong: list[tuple[Any, Any]] = [((), {}), ((0, {}, 0), {}), ((0,), {"x": 0}), ((0,), {"z": 0})]
    for values, named in wrong:
        with pytest.raises(TypeError, match="Mark"):
            Mark(*values, **named)


def test_default_values_are_not_shared() -> None:
    """Each record gets a default of its own where it could be changed."""
    assert Point(1).notes is not Point(1).notes


def test_records_are_frozen() -> None:
    """Fields can neither be set nor deleted, and there are no others."""
    point = Point(1)
    for name in ("x", "z"):
        with pytest.raises(AttributeError):
            setattr(point, name, 2)
        with pytest.raises(AttributeError):
            delattr(point, name)


def test_records_are_dataclasses_to_those_who_ask() -> None:
    """Fields, their defaults and `replace` are as those of a dataclass."""
    assert dataclasses.is_dataclass(Point(1))
    fields = dataclasses.fields(Point)
    assert [field.name for field in fields] == ["x", "y", "notes"]
    assert (fields[0].default, fields[1].default) == (dataclasses.MISSING, 0)
    assert fields[2].default_factory is dict
    assert dataclasses.replace(Point(1, 2), x=3) == Point(3, 2)


def test_records_can_be_copied_and_pickled() -> None:
    """As specifications travel to other processes."""
    task = TaskSpec(name="T", task=Reference("m", "T"), cache=CacheSpec(cache=Reference("m", "C")))
    assert pickle.loads(pickle.dumps(task)) == task
    assert copy.deepcopy(task) == task


def test_records_say_what_differs_from_their_defaults() -> None:
    """A field without a default is always stated; a value of another type is not the default, though it is equal.

    Code of its own that a class gets when there are many records says the same.
    """

    class Place(Record):
        x: int
        y: int = 0
        notes: Mapping[str, int] = made_by(default_factory=dict)

    plain = Place.stated
    for _ in range(FEW):
        assert Place(1).stated() == [("x", 1)]
        assert Place(0, 0, {"key": 1}).stated() == [("x", 0), ("notes", {"key": 1})]
        assert Place(0, False).stated() == [("x", 0), ("y", False)]
    assert Place.stated is not plain
