"""Counters are values, whichever of them has the numbers."""

from __future__ import annotations

import pickle
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from selinon.engine.counts import Counts, plus, total

CHANGES = st.lists(
    st.tuples(st.integers(0, 30), st.dictionaries(st.sampled_from("ABC"), st.integers(-2, 2))),
    max_size=30,
)


@given(changes=CHANGES, reads=st.lists(st.integers(0, 30), max_size=10))
def test_every_value_stays_what_it_was(
    changes: list[tuple[int, dict[str, int]]], reads: list[int]
) -> None:
    """Values that come of any earlier ones, in any order and with reading in between, hold their own numbers."""
    values: list[Counts] = [Counts({"A": 3})]
    expected = [{"A": 3}]
    for number, (origin, change) in enumerate(changes):
        before = expected[origin % len(values)]
        fitting = {name: max(by, -before.get(name, 0)) for name, by in change.items()}
        values.append(values[origin % len(values)].plus(fitting))
        expected.append(dict(+Counter({n: before.get(n, 0) + fitting.get(n, 0) for n in "ABC"})))
        for read in reads if number % 3 == 0 else ():
            assert values[read % len(values)] == expected[read % len(values)]
    for value, numbers in zip(values, expected, strict=True):
        assert dict(value.items()) == {name: value[name] for name in value} == numbers
        assert (value.total, len(value), repr(value)) == (
            sum(numbers.values()),
            len(numbers),
            repr(dict(value)),
        )
        assert [name in value for name in "ABC"] == [name in numbers for name in "ABC"]
        assert [value.get(name, 0) for name in "ABC"] == [numbers.get(name, 0) for name in "ABC"]
        assert pickle.loads(pickle.dumps(value)) == value
        assert value.get("X") is None


@given(numbers=st.dictionaries(st.sampled_from("ABC"), st.integers(1, 3)))
def test_mappings_are_added_to_as_well(numbers: dict[str, int]) -> None:
    """What is added to is any mapping of numbers, which does not change."""
    before = dict(numbers)
    after = plus(numbers, {"A": 1})
    assert dict(after) == {**before, "A": before.get("A", 0) + 1}
    assert numbers == before
    assert (total(after), total(numbers)) == (sum(before.values()) + 1, sum(before.values()))
    assert plus(numbers, {}) is numbers
