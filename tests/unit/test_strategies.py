"""The built-in sampling strategies."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from selinon import strategies
from selinon.strategies import Status, StatusNode

RANGE: dict[str, float] = {"start_retry": 2, "max_retry": 9}
STEPS: dict[str, float] = {**RANGE, "step": 3}

# Name, arguments, then the delays: at first, after 4 s in which nothing started, and in which something did.
TABLE: list[tuple[str, dict[str, float], float, float, float]] = [
    ("constant", {"retry": 5}, 5, 5, 5),
    ("linear_increase", STEPS, 2, 7, 2),
    ("linear_adapt", STEPS, 2, 7, 2),
    ("biexponential_increase", RANGE, 2, 8, 2),
    ("biexponential_decrease", {"start_retry": 8, "stop_retry": 1}, 8, 2, 2),
    ("biexponential_adapt", RANGE, 2, 8, 2),
]


def status(
    previous: float | None, *, active: bool = True, started: bool = False, fallback: bool = False
) -> Status:
    """Return the status of a run with one node."""
    nodes = [StatusNode("Task1", "id1")]
    return {
        "previous_retry": previous,
        "active_nodes": nodes if active else [],
        "new_started_nodes": nodes if started else [],
        "new_fallback_nodes": nodes if fallback else [],
        "finished_nodes": {},
        "failed_nodes": {},
    }


def chosen(name: str, given: Status, arguments: dict[str, Any]) -> float | None:
    """Call a strategy by name."""
    strategy: Callable[..., float | None] = getattr(strategies, name)
    return strategy(given, **arguments)


@pytest.mark.parametrize(("name", "arguments", "first", "idle", "busy"), TABLE)
def test_direction(
    name: str, arguments: dict[str, float], first: float, idle: float, busy: float
) -> None:
    """Delays grow while nothing happens, and fall when a node or a fallback starts; a decrease only falls."""
    assert chosen(name, status(None), arguments) == first
    assert chosen(name, status(4), arguments) == idle
    assert chosen(name, status(4, started=True), arguments) == busy
    assert chosen(name, status(4, fallback=True), arguments) == busy


@pytest.mark.parametrize(("name", "arguments", "first", "idle", "busy"), TABLE)
def test_no_active_node(
    name: str, arguments: dict[str, float], first: float, idle: float, busy: float
) -> None:
    """There is nothing to wait for when no node is active, in the first step and later."""
    assert chosen(name, status(None, active=False), arguments) is None
    assert chosen(name, status(4, active=False), arguments) is None


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("linear_increase", STEPS),
        ("linear_adapt", STEPS),
        ("biexponential_increase", RANGE),
        ("biexponential_adapt", RANGE),
    ],
)
def test_upper_limit(name: str, arguments: dict[str, float]) -> None:
    """A growing delay stops at its limit."""
    assert chosen(name, status(9), arguments) == 9
    assert chosen(name, status(8), arguments) == 9


def test_lower_limit() -> None:
    """A shrinking delay stops at its limit, and may be a fraction before."""
    assert strategies.biexponential_decrease(status(1.5), 8, 1) == 1
    assert strategies.biexponential_decrease(status(3), 8, 1) == 1.5
    assert strategies.linear_adapt(status(7, started=True), 2, 9, 3) == 4
    assert strategies.biexponential_adapt(status(3, started=True), 2, 9) == 2


def test_random_stays_in_its_range() -> None:
    """Every whole number of the range comes up, and nothing else."""
    drawn = {strategies.random(status(None), 1, 3) for _ in range(200)}
    assert drawn == {1, 2, 3}
    assert strategies.random(status(4, active=False), 1, 3) is None


def test_status_nodes_are_found_by_name() -> None:
    """An entry equals its name, knows its id, and survives pickling."""
    node = StatusNode("Task1", "id1")
    assert "Task1" in [node]
    assert (node.name, node.id) == ("Task1", "id1")
    copy = pickle.loads(pickle.dumps(node))
    assert (copy.name, copy.id) == ("Task1", "id1")
