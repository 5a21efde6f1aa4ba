"""Known differences: what is said of them, and that one is found only where it is the reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.conformance import rewriting
from tests.conformance.compare import differences
from tests.conformance.judging import judge
from tests.conformance.known import KNOWN, REFUSALS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "differences.md"

NAMES = [*(known.name for known in KNOWN), *(refusal.name for refusal in REFUSALS)]


@pytest.mark.parametrize("name", NAMES)
def test_every_class_is_documented(name: str) -> None:
    """The page of differences has one entry of the class, under its name."""
    text = PAGE.read_text(encoding="utf-8")
    assert len(re.findall(f'<a id="{name}"></a>', text)) == 1


def _result(*executions: str, **more: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"finished": {}, "failed": {}}
    return {
        "status": "ended",
        "executions": list(executions),
        "ends": [],
        "reported": nothing,
    } | more


def test_executions_are_counted() -> None:
    """Order does not matter, numbers do."""
    assert differences(_result("a", "b", "a"), _result("b", "a", "a")) == []
    assert differences(_result("a", "b", "a"), _result("b", "a")) == [
        'executions: only original, 1x "a"'
    ]


def test_a_difference_that_stays_is_not_explained() -> None:
    """When mending whatever applies changes nothing, the differences are told as they are."""
    request = {
        "nodes": "",
        "flows": "flow-definitions: [{name: f, node_args_from_first: true, edges: []}]",
        "table": {},
    }
    verdict = judge(request, lambda _: _result("a"), lambda _: _result("b"))
    assert verdict.classes == ()
    assert verdict.unexplained == verdict.differences
    assert len(verdict.unexplained) == 2


def test_the_least_classes_are_named() -> None:
    """Of all classes that apply, those remain without which the difference stays."""
    request = {
        "nodes": "",
        "flows": "flow-definitions: [{name: f, node_args_from_first: true, max_retry: 1, edges: []}]",
        "table": {},
    }

    def original(request: Any) -> dict[str, Any]:
        mended = "arguments-of-a-retry" in request.get("mended", ())
        return _result("b" if mended else "a")

    verdict = judge(request, original, lambda _: _result("b"))
    assert verdict.classes == ("arguments-of-a-retry",)


def test_rewriting_says_the_same_in_other_words() -> None:
    """What the original cannot read is written in the way that it can."""
    flow = """
flow-definitions:
- name: f
  eager_failures: A
  edges:
  - from:
    to: A
    condition: {and: [{or: [{name: p}]}]}
  failures: {nodes: [B, B], fallback: true, propagate_failure: true}
"""
    request: dict[str, Any] = {"flows": flow}
    for change in (
        rewriting.without_single_operands,
        rewriting.without_forgiving,
        rewriting.with_lists_of_failures,
        rewriting.without_repeated_failures,
        rewriting.without_propagate_failure,
        rewriting.with_eager_aside,
    ):
        request = change(request)
    (found,) = rewriting.flows(request)
    assert found["edges"][0]["condition"] == {"name": "p"}
    assert found["failures"] == [{"nodes": ["B"], "fallback": []}]
    assert request["eager"] == {"f": ["A"]}
