"""Properties of the YAML reader over generated texts and data."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from selinon_compiler.diagnostics import Diagnostics, render_human
from selinon_compiler.diagnostics.machine import render_json
from selinon_compiler.frontend.nodes import Node, data
from selinon_compiler.frontend.yaml_reader import compose
from selinon_compiler.source import SourceFile

PIECES = [
    *"ab01 \t\n\r:,-?[]{}&*!|>'\"%@`#~=<.+_\\/\x00\x07\x85\u2028\u2029\ufeff\ud800é\U0001f600",
    "\r\n",
    "  ",
    "\n  ",
    ": ",
    "- ",
    "? ",
    "<<: ",
    "&a ",
    "*a",
    "!!str ",
    "!!int ",
    "!!binary ",
    "!!timestamp ",
    "!x%ED ",
    "{NAME}_q",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "yes",
    "010",
    "1:30",
    "0x",
    "2020-01-01",
    "2020-13-45",
    ".inf",
    "1.5",
    "|\n  ",
    ">-\n  ",
    "# c\n",
]
TEXTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.text(max_size=40))
CHARACTERS = st.characters(codec="utf-8")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(CHARACTERS, max_size=12),
    st.binary(max_size=8),
    st.dates(),
    st.datetimes(),
)
KEYS = st.one_of(st.text(CHARACTERS, max_size=8), st.integers(), st.none())
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=15,
)


def below(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, keys included."""
    yield node
    if node.key is not None:
        yield node.key
    for child in node.children():
        yield from below(child)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("&a [*a]")
@example("!%ED%A0%80 a")
@example("\ufeffa")
@example("? ")
@example("a: |")
@example("- &a\n- *a\n")
def test_any_text_is_read_or_reported(text: str) -> None:
    """Reading never raises, every place lies in the file, and both renderers show the outcome."""
    file, found = SourceFile("f.yaml", text), Diagnostics()
    root = compose(file, found)
    for node in below(root) if root is not None else ():
        assert 0 <= node.start <= node.end <= len(text)
    if root is not None:
        data(root)
    for one in found:
        assert one.span is not None
        assert one.span.file is file
        assert 0 <= one.span.start <= one.span.end <= len(text)
    assert render_human(found).count("-->") >= len(found)
    assert render_json(found).count('"code"') == len(found)


@settings(max_examples=200, deadline=None)
@given(DATA, st.booleans())
def test_dumped_data_is_read_back(value: object, flow: bool) -> None:
    """What PyYAML writes means what it was, with nothing reported, in both styles."""
    text = yaml.safe_dump(value, default_flow_style=flow)
    found = Diagnostics()
    root = compose(SourceFile("f.yaml", text), found)
    assert list(found) == []
    assert root is not None
    assert data(root) == value


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x}\n")
@example("[010, yes, 1:30, 1_000, 0b11, .inf, 1e3, 2020-01-01]")
def test_values_are_those_of_the_safe_loader(text: str) -> None:
    """Where PyYAML's safe loader and this reader both accept a text, they read the same data."""
    found = Diagnostics()
    root = compose(SourceFile("f.yaml", text), found)
    if root is None or found.errors:
        return
    try:
        expected = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, AttributeError, KeyError):
        return
    assert same(data(root), expected)


def same(left: object, right: object) -> bool:
    """Return whether two values are equal in kind and in the order of keys; NaN equals NaN."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return same(list(left.items()), list(right.items()))
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and math.isnan(left):
        return isinstance(right, float) and math.isnan(right)
    return left == right


@pytest.mark.parametrize("text", ["a: 1\nb: [x, 2.5]\n", "- {a: ~}\n- |\n  text\n"])
def test_comparison_is_strict(text: str) -> None:
    """The comparison above tells kinds and orders apart."""
    value = yaml.safe_load(text)
    assert same(value, yaml.safe_load(text))
    assert not same(value, [value])
    assert not same(1, True)
    assert not same({"a": 1, "b": 2}, {"b": 2, "a": 1})
