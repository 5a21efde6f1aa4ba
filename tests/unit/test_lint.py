"""What is reported how often: one mistake, one diagnostic."""

from __future__ import annotations

from pathlib import Path

import pytest

from selinon_compiler.driver import compile_files
from selinon_compiler.passes.condition_text import condition_text
from selinon_compiler.plan import CallPlan

HEAD = "tasks: [{name: Load, import: own}, {name: Save, import: own}]\n"


def codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> list[tuple[str, int]]:
    """Return code and line of everything found in one file given in both roles."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("class Load: ...\nclass Save: ...\n")
    (tmp_path / "all.yaml").write_text(text)
    found = compile_files("all.yaml", ["all.yaml"]).diagnostics
    return [(one.rule.code, one.span.line if one.span else 0) for one in found]


def test_a_mistake_under_an_anchor_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flows that merge an edge with a misspelt name share one mistake."""
    text = HEAD + (
        "flows: [daily, nightly, weekly]\n"
        "flow-definitions:\n"
        "  - &daily\n"
        "    name: daily\n"
        "    edges: [{from: , to: [Load, Save]}, {from: Load, to: Sned}]\n"
        "  - {<<: *daily, name: nightly}\n"
        "  - {<<: *daily, name: weekly}\n"
    )
    assert codes(tmp_path, monkeypatch, text) == [("SEL201", 6)]


def test_equal_mistakes_at_different_places_stay_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same misspelt name in two places is two mistakes."""
    text = HEAD + (
        "flows: [daily]\n"
        "flow-definitions:\n"
        "  - name: daily\n"
        "    edges:\n"
        "      - {from: , to: [Load, Save]}\n"
        "      - {from: Load, to: Sned}\n"
        "      - {from: Save, to: Sned}\n"
    )
    assert codes(tmp_path, monkeypatch, text) == [("SEL201", 7), ("SEL201", 8)]


def test_a_contradicting_key_is_the_only_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two lists of tasks one is lost; uses of its tasks are no further mistakes."""
    text = HEAD + (
        "tasks: [{name: Send, import: own, classname: Save}]\n"
        "flows: [daily]\n"
        "flow-definitions: [{name: daily, edges: [{from: , to: [Load, Save]}]}]\n"
    )
    assert codes(tmp_path, monkeypatch, text) == [("SEL011", 2)]


def test_condition_texts_do_not_depend_on_the_version_of_python() -> None:
    """Characters that only newer versions of Python know as printable are escaped by all of them."""
    call = CallPlan(predicate="fieldEqual", node="Load", arguments={"value": "\U0001fae8"})
    assert condition_text(call) == "fieldEqual(db.get('Load'), value='\\U0001fae8')"
