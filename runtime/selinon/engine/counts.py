"""Numbers by name that change a little in each step, as values.

A value that is added to gives a new one in the time that the additions take, however many numbers there are: the
numbers pass on to the newest value, and the one before it keeps what was added. It is still the same to those who read
it, but copies the numbers then.

>>> before = Counts({"A": 1, "B": 1})
>>> after = before.plus({"A": 1, "B": -1})
>>> dict(after), dict(before), after.total
({'A': 2}, {'A': 1, 'B': 1}, 2)
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping
from typing import Any


class Counts(Mapping[str, int]):
    """Positive numbers by name; `total` is their sum. Values that come of each other are for one thread at a time."""

    __slots__ = ("_added", "_newer", "_numbers", "total")

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers: dict[str, int] | None = dict(numbers)
        self._added: Mapping[str, int] = {}
        self._newer: Counts | None = None
        self.total: int = sum(numbers.values())

    def plus(self, added: Mapping[str, int]) -> Counts:
        """Return the value with other numbers added; what comes to nothing is gone."""
        numbers = self._numbers
        if numbers is None:
            numbers = self._copied()
        total = self.total
        for name, number in added.items():
            total += number
            after = numbers.get(name, 0) + number
            if after:
                numbers[name] = after
            else:
                numbers.pop(name, None)
        newer = Counts.__new__(Counts)
        newer._numbers, newer.total = numbers, total
        self._numbers, self._newer, self._added = None, newer, added
        return newer

    def _copied(self) -> dict[str, int]:
        """Return the numbers as they were here, taken from newer values."""
        behind: list[Counts] = []
        value: Counts = self
        while value._numbers is None:
            behind.append(value)
            assert value._newer is not None, "a value without numbers has passed them on"
            value = value._newer
        numbers = dict(value._numbers)
        for value in behind:
            for name, number in value._added.items():
                numbers[name] = numbers.get(name, 0) - number
        self._numbers = {name: number for name, number in numbers.items() if number}
        self._newer = None
        return self._numbers

    def get(self, name: str, default: Any = None) -> Any:
        """Return a number, or the default."""
        numbers = self._numbers
        return (self._copied() if numbers is None else numbers).get(name, default)

    def items(self) -> ItemsView[str, int]:
        """Return the pairs of names and numbers, without looking up each."""
        return self._known().items()

    def _known(self) -> dict[str, int]:
        return self._copied() if self._numbers is None else self._numbers

    def __getitem__(self, name: str) -> int:
        return self._known()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())

    def __contains__(self, name: object) -> bool:
        return name in self._known()

    def __repr__(self) -> str:
        return repr(self._known())

    def __reduce__(self) -> tuple[type[Counts], tuple[dict[str, int]]]:
        return Counts, (self._known(),)


def plus(numbers: Mapping[str, int], added: Mapping[str, int]) -> Mapping[str, int]:
    """Return numbers with others added, which may be wanted of any mapping."""
    if not added:
        return numbers
    # Asking an abstract class for an instance takes longer than the rest.
    return (numbers if type(numbers) is Counts else Counts(numbers)).plus(added)


def total(numbers: Mapping[str, int]) -> int:
    """Return the sum of numbers by name."""
    return numbers.total if type(numbers) is Counts else sum(numbers.values())
