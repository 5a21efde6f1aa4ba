"""Schemas that are taken for valid at a glance are valid to the library that knows JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from selinon_compiler.passes.plain_schemas import _KEYWORDS, is_plain

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats(-1, 1)
    | st.sampled_from(
        ["object", "array", "string", "http://json-schema.org/draft-07/schema#", "x"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["properties", "type", "$ref", "x"]), inner, max_size=3)
    ),
    max_leaves=4,
)
SCHEMAS = st.recursive(
    st.booleans() | st.dictionaries(st.sampled_from(sorted(_KEYWORDS)), VALUES, max_size=2),
    lambda inner: st.dictionaries(
        st.sampled_from(sorted(_KEYWORDS)),
        inner | st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=1), inner),
        max_size=3,
    ),
    max_leaves=5,
)


@given(SCHEMAS)
@example({"required": []})
@example({"type": ["object", "null"], "properties": {}})
@example({"enum": [], "const": None, "default": {}, "examples": []})
def test_plain_schemas_are_valid(schema: Any) -> None:
    """What is plain passes the check of the library, in each dialect that may be named."""
    if is_plain(schema):
        Draft202012Validator.check_schema(schema)
        Draft7Validator.check_schema(schema)


SIMPLE: list[Any] = [
    *(None, True, 0, 1, -1, 0.5, 1.0, "", "string", "http://json-schema.org/draft-07/schema#"),
    *([], [{}], [True], ["string"], ["string", "string"], ["string", "x"], [1, 1], [None]),
    *({}, {"x": {}}, {"x": True}, {"x": 1}, {"x": ["y"]}, {"type": "string"}, {"type": "x"}),
]


@pytest.mark.parametrize("keyword", sorted(_KEYWORDS))
def test_each_keyword_is_plain_only_when_valid(keyword: str) -> None:
    """No keyword is taken for valid with a value that the library refuses."""
    plain = [{keyword: value} for value in SIMPLE if is_plain({keyword: value})]
    assert plain
    for schema in plain:
        Draft202012Validator.check_schema(schema)
        Draft7Validator.check_schema(schema)


NOT_PLAIN = [
    '{"$ref": "other.json"}',
    '{"$schema": "http://json-schema.org/draft-04/schema#"}',
    '{"properties": {"a": {"unknown": 1}}}',
    '{"pattern": "["}',
    '{"minimum": true}',
    '{"minLength": -1}',
    '{"required": ["a", "a"]}',
    '{"type": []}',
    '{"allOf": []}',
    "[]",
    "null",
]


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_what_is_not_known_is_left_to_the_library(text: str) -> None:
    """Whatever is wrong, or not known to be right, is not plain."""
    assert not is_plain(json.loads(text))
