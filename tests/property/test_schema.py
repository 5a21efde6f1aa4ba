"""The JSON Schemas accept the documents that the binder accepts, and no others."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from selinon_compiler.diagnostics import Diagnostics
from selinon_compiler.driver import bind_sources
from selinon_compiler.frontend.binder import Losses
from selinon_compiler.language import SECTIONS, FlowFileDecl, NodesFileDecl, Section
from selinon_compiler.language.schema import json_schema
from selinon_compiler.source import SourceFile

Json = Any
"""What JSON can hold."""

Path = tuple[str | int, ...]
"""The keys and positions that lead to a value in a document."""

REFUSALS = {"SEL023", "SEL101", "SEL102", "SEL103", "SEL104", "SEL105", "SEL106", "SEL801"}
"""The errors about keys and values, and that there are none; others are about names and about YAML as such."""

THROTTLING = dict.fromkeys(
    ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"], 1.5
)
LEAF = {
    "name": "fieldEqual",
    "node": "A",
    "task": "B",
    "quantifier": "any",
    "args": {"key": "k", "value": 1},
}
CACHE = {"name": "LRU", "import": "selinon.caches", "configuration": {"max_cache_size": 1}}
FLOW = {
    "name": "daily",
    "edges": [
        {
            "from": None,
            "to": "A",
            "condition": {"and": [LEAF, {"not": LEAF}, {"or": [LEAF]}]},
            "foreach": {"import": "m", "function": "f", "propagate_result": False},
            "selective": {"tasks": ["A"], "run_subsequent": ["daily"], "follow_subflows": True},
        },
        {"from": ["A", "B"], "to": ["C"], "condition": LEAF},
    ],
    "failures": [
        {"nodes": "A", "fallback": True, "condition": LEAF, "propagate_failure": True},
        {"nodes": ["A"], "fallback": ["B"]},
    ],
    "nowait": ["A"],
    "eager_failures": True,
    "node_args_from_first": True,
    "propagate_node_args": "A",
    "propagate_parent": ["A"],
    "propagate_finished": False,
    "propagate_compound_finished": True,
    "propagate_failures": ["A"],
    "propagate_compound_failures": "B",
    "propagate_parent_failures": True,
    "queue": "{HOST}_queue",
    "max_retry": 1,
    "retry_countdown": 0,
    "sampling": {"name": "constant", "import": "m", "args": {"retry": 10}},
    "throttling": THROTTLING,
    "cache": CACHE,
}
TASK = {
    "name": "A",
    "import": "m",
    "classname": "C",
    "max_retry": 1,
    "retry_countdown": 1,
    "output_schema": "a.json",
    "storage": "S",
    "storage_readonly": True,
    "storage_task_name": "a",
    "selective_run_function": {"name": "f", "import": "m"},
    "queue": "q",
    "throttling": THROTTLING,
    "cache": CACHE,
}
TRACE = [
    {"logging": True},
    {"json": True},
    {"function": {"import": "m", "name": "f"}},
    {"storage": {"name": "S", "method": "trace"}},
    {"sentry": {"dsn": "{DSN}"}},
]
FULL = {
    "tasks": [TASK, {"name": "B", "import": "m", "storage_read_only": False}],
    "flows": ["daily"],
    "storages": [
        {
            "name": "S",
            "import": "m",
            "classname": "C",
            "configuration": {"a": 1},
            "cache": CACHE,
        }
    ],
    "global": {
        "predicates_module": "m",
        "default_task_queue": "q",
        "default_dispatcher_queue": "q",
        "migration_dir": "d",
        "trace": TRACE,
    },
    "flow-definitions": [FLOW],
}
"""A document that states every key there is; it can be a nodes file and a flow file."""

SUGAR = {
    "tasks": [{"name": "A", "import": "m", "selective_run_function": {"function": "f"}}],
    "flows": [],
    "global": {"trace": {"import": "m", "function": "f"}},
    "flow-definitions": [
        {
            "name": "daily",
            "edges": [{"from": "", "to": "A"}, {"from": [], "to": ["A", "A"]}],
            "failures": {"nodes": ["A"], "fallback": []},
        }
    ],
}
"""The same language in its other forms."""

ODD_VALUES: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2.5,
    -0.5,
    10**15,
    10**15 + 1,
    "",
    "A",
    "A\n",
    "not a name",
    "{HOST}",
    "{HOST",
    "{{}}{A}",
    "{a.b}",
    [],
    ["A"],
    [""],
    [1],
    [[]],
    [None],
    {},
    {"name": "A"},
    {"and": []},
    {"not": {"name": "p"}},
    {"name": "p", "and": []},
    [{}],
    {"key": 1},
)
KEYS = sorted({"other", *(name for cls in SECTIONS.values() for name in cls.layout.slots)})

VALIDATORS: dict[type[Section], Draft202012Validator] = {
    cls: Draft202012Validator(json_schema(cls)) for cls in (NodesFileDecl, FlowFileDecl)
}


def places(document: Json, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every value in a document."""
    yield path
    inner: list[tuple[str | int, Json]] = []
    if isinstance(document, dict):
        inner = list(document.items())
    elif isinstance(document, list):
        inner = list(enumerate(document))
    for step, value in inner:
        yield from places(value, (*path, step))


def changed(document: Json, path: Path, change: tuple[str, Json]) -> Json:
    """Return a copy of a document with the value at a path replaced or removed, or its key renamed."""
    made = copy.deepcopy(document)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    what, value = change
    if not path:
        return value if what == "replace" else made
    if what == "replace":
        holder[path[-1]] = value
    elif what == "remove":
        del holder[path[-1]]
    elif isinstance(holder, dict):
        holder[value] = holder.pop(path[-1])
    return made


CHANGES = st.one_of(
    st.tuples(st.just("replace"), st.sampled_from(ODD_VALUES)),
    st.tuples(st.just("remove"), st.none()),
    st.tuples(st.just("rename"), st.sampled_from(KEYS)),
)


@st.composite
def near_valid(draw: st.DrawFn) -> Json:
    """Draw a document with up to three changes to a valid one."""
    document = draw(st.sampled_from([FULL, SUGAR]))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(list(places(document))))
        document = changed(document, path, draw(CHANGES))
    return document


def refusals(cls: type[Section], document: Json) -> list[str]:
    """Return the messages of the errors that the binder reports about keys and values.

    Flows in a nodes file are read when it is also given as a flow file; with none, it is not given.
    """
    found, file = Diagnostics(), SourceFile("file.yaml", json.dumps(document))
    flows = document.get("flow-definitions") if isinstance(document, dict) else None
    named = [] if cls is NodesFileDecl and flows is None else [file]
    bind_sources(file if cls is NodesFileDecl else None, named, found, Losses())
    return [
        one.message for one in found if one.rule.code in REFUSALS and one.severity.value == "error"
    ]


def complaints(cls: type[Section], document: Json) -> list[str]:
    """Return what the schema finds wrong, with the place of each."""
    return [
        f"{error.json_path}: {error.message}" for error in VALIDATORS[cls].iter_errors(document)
    ]


@pytest.mark.parametrize("cls", VALIDATORS, ids=lambda cls: cls.path)
def test_schemas_are_schemas(cls: type[Section]) -> None:
    """Both documents are valid in the dialect that they name, and every reference in them leads somewhere."""
    schema = json_schema(cls)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$schema"]
    Draft202012Validator.check_schema(schema)
    references = {
        found
        for path in places(schema)
        if path and path[-1] == "$ref"
        for found in [_at(schema, path)]
    }
    assert references
    assert references <= {f"#/$defs/{path}" for path in schema["$defs"]}


def _at(document: Json, path: Path) -> Json:
    for step in path:
        document = document[step]
    return document


def test_every_key_is_described() -> None:
    """Each property of each definition carries the documentation of its key."""
    definitions = json_schema(NodesFileDecl)["$defs"]
    for path, cls in SECTIONS.items():
        if path not in definitions:
            continue
        found = definitions[path].get("anyOf", [definitions[path]])[0]["properties"]
        assert {name: one["description"] for name, one in found.items()} == {
            name: key.doc for name, key in cls.layout.slots.items()
        }


def test_the_full_document_states_every_key() -> None:
    """What the property starts from leaves no key of any section out."""
    text = json.dumps([FULL, SUGAR])
    missing = {name for name in KEYS if f'"{name}": ' not in text}
    assert missing == {"other"}


@pytest.mark.parametrize("document", [FULL, SUGAR], ids=["full", "sugar"])
@pytest.mark.parametrize("cls", VALIDATORS, ids=lambda cls: cls.path)
def test_valid_documents_are_accepted(cls: type[Section], document: Json) -> None:
    """Neither the binder nor the schema has anything to say about the documents that the property starts from."""
    assert (refusals(cls, document), complaints(cls, document)) == ([], [])


SINGLE_CHANGES = [
    (document, path, ("replace", value))
    for document in (FULL, SUGAR)
    for path in places(document)
    if path
    for value in ODD_VALUES
][::11]
"""Some of all single replacements: 11 has no factor in common with the number of values, so all of them occur."""


@pytest.mark.parametrize("cls", VALIDATORS, ids=lambda cls: cls.path)
def test_every_value_is_judged_alike(cls: type[Section]) -> None:
    """With one value replaced by an odd one, schema and binder agree; some are accepted, most are not."""
    assert len(ODD_VALUES) % 11
    judged = []
    for document, path, change in SINGLE_CHANGES:
        made = changed(document, path, change)
        refused, complained = refusals(cls, made), complaints(cls, made)
        assert bool(refused) == bool(complained), (path, change, refused, complained)
        judged.append(not refused)
    assert 0.05 < sum(judged) / len(judged) < 0.8


SPELT_TWICE = [
    (("tasks", 0), {"storage_readonly": True, "storage_read_only": True}),
    (("tasks", 0, "selective_run_function"), {"name": "f", "function": "f"}),
    (("global", "trace"), {"import": "m", "name": "f", "function": "f"}),
]


@pytest.mark.parametrize(("path", "keys"), SPELT_TWICE)
def test_two_spellings_of_one_key(path: Path, keys: dict[str, Json]) -> None:
    """A key that is stated in both of its spellings is refused by both."""
    document = changed(SUGAR, path, ("replace", {**_at(SUGAR, path), **keys}))
    assert refusals(NodesFileDecl, document)
    assert complaints(NodesFileDecl, document)


@pytest.mark.parametrize("cls", VALIDATORS, ids=lambda cls: cls.path)
@settings(max_examples=150, deadline=None)
@given(document=near_valid())
@example(document=changed(FULL, ("other",), ("replace", 1)))
def test_schema_accepts_what_the_binder_accepts(cls: type[Section], document: Json) -> None:
    """For documents that differ from a valid one in a few places, the schema refuses exactly what the binder does."""
    refused, complained = refusals(cls, document), complaints(cls, document)
    assert bool(refused) == bool(complained), (refused, complained)


@st.composite
def described(draw: st.DrawFn, cls: type[Section]) -> Json:
    """Draw a document that a schema describes, with an odd value or key here and there."""
    schema = json_schema(cls)
    definitions = schema.pop("$defs")

    def rarely() -> bool:
        return draw(st.integers(0, 60)) == 60

    def value(schema: Json, depth: int) -> Json:
        if rarely():
            return copy.deepcopy(draw(st.sampled_from(ODD_VALUES)))
        if "$ref" in schema:
            return value(definitions[schema["$ref"].removeprefix("#/$defs/")], depth + 1)
        if "anyOf" in schema and "properties" not in schema:
            forms = schema["anyOf"][: 1 if depth > 8 else None]
            return value(draw(st.sampled_from(forms)), depth)
        if "const" in schema:
            return schema["const"]
        match schema.get("type"):
            case "object":
                return mapping(schema, depth)
            case "array":
                least = schema.get("minItems", 0)
                count = draw(st.integers(least, max(least, 3 if depth < 4 else 1)))
                return [value(schema["items"], depth + 1) for _ in range(count)]
            case "string":
                return draw(st.sampled_from(["A", "daily", "{HOST}"][: 2 if depth < 9 else 1]))
            case "integer" | "number":
                return draw(st.integers(0, 3))
            case "boolean":
                return draw(st.booleans())
        return draw(st.sampled_from([None, {}, {"a": [1]}, "x"]))

    def mapping(schema: Json, depth: int) -> Json:
        made = {
            name: value(kind, depth + 1)
            for name, kind in schema.get("properties", {}).items()
            if name in schema["required"] or draw(st.integers(0, 3)) == 3
        }
        if rarely():
            made[draw(st.sampled_from(KEYS))] = None
        if made and rarely():
            del made[draw(st.sampled_from(sorted(made)))]
        return made

    return value(schema, 0)


@pytest.mark.parametrize("cls", VALIDATORS, ids=lambda cls: cls.path)
def test_generated_documents_are_judged_alike(cls: type[Section]) -> None:
    """Schema and binder agree about documents made from the schema, of which many are accepted and many are not."""
    judged: list[bool] = []

    @settings(max_examples=200, deadline=None)
    @given(document=described(cls))
    def agree(document: Json) -> None:
        refused, complained = refusals(cls, document), complaints(cls, document)
        assert bool(refused) == bool(complained), (refused, complained)
        judged.append(not refused)

    agree()
    assert 0.05 < sum(judged) / len(judged) < 0.95
