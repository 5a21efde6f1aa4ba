"""Output schemas: where they are looked for, what they refer to, and that a schema with all of it means the same."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from selinon_compiler.diagnostics import Diagnostic, render_human
from selinon_compiler.driver import Compilation, compile_files
from selinon_compiler.passes.modules import Modules

NODES = """
tasks:
  - {name: Load, import: own, output_schema: schemas/load.json}
flows: [daily]
flow-definitions:
  - {name: daily, edges: [{from: , to: Load}]}
"""

Compile = Callable[..., Compilation]


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    """Return a function that writes schemas, by path, and compiles a configuration with a task that uses one."""

    def run(files: dict[str, Any], nodes: str = NODES) -> Compilation:
        (tmp_path / "own.py").write_text("class Load: ...\nclass Save: ...\n")
        (tmp_path / "nodes.yaml").write_text(nodes)
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        with contextlib.chdir(tmp_path):
            return compile_files("nodes.yaml", ["nodes.yaml"], Modules([str(tmp_path)]))

    return run


def only(found: Compilation) -> Diagnostic:
    """Return the one diagnostic of a compilation."""
    (one,) = found.diagnostics
    return one


def schema(found: Compilation) -> Any:
    """Return the schema of the task."""
    assert list(found.diagnostics) == []
    return json.loads(found.schemas["Load"])


MONEY = {"type": "integer", "minimum": 0}
TYPES = {
    "$defs": {"money": MONEY, "list": {"type": "array", "items": {"$ref": "#/$defs/money"}}},
    "type": "object",
    "required": ["a"],
}

MEANINGS: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "a whole file": ({"load.json": {"$ref": "types.json"}, "types.json": TYPES}, [{"a": 1}, {}, 1]),
    "a part of a file": (
        {"load.json": {"items": {"$ref": "types.json#/$defs/money"}}, "types.json": TYPES},
        [[1, 2], [-1], ["x"], 5],
    ),
    "a part that refers to another": (
        {"load.json": {"$ref": "types.json#/$defs/list"}, "types.json": TYPES},
        [[1, 2], [-1], "x"],
    ),
    "another folder, and back": (
        {
            "load.json": {"$ref": "deep/list.json", "$defs": {"item": MONEY}},
            "deep/list.json": {"items": {"$ref": "../load.json#/$defs/item"}, "type": "array"},
        },
        [[1], [-1], 3],
    ),
    "files that refer to each other": (
        {
            "load.json": {"$ref": "tree.json"},
            "tree.json": {"type": "object", "additionalProperties": {"$ref": "leaf.json"}},
            "leaf.json": {"anyOf": [{"type": "integer"}, {"$ref": "tree.json"}]},
        },
        [{"a": 1}, {"a": {"b": {}}}, {"a": {"b": "x"}}, 1],
    ),
    "a file that refers to itself": (
        {"load.json": {"properties": {"next": {"$ref": "load.json"}}, "type": "object"}},
        [{"next": {"next": {}}}, {"next": 1}],
    ),
    "an anchor": (
        {
            "load.json": {"items": {"$ref": "types.json#money"}},
            "types.json": {"$defs": {"m": {"$anchor": "money", "type": "integer"}}},
        },
        [[1], ["x"]],
    ),
    "an escaped pointer": (
        {
            "load.json": {"items": {"$ref": "types.json#/$defs/a~1b%20c"}},
            "types.json": {"$defs": {"a/b c": {"type": "integer"}}},
        },
        [[1], ["x"]],
    ),
    "a name that is taken": (
        {
            "load.json": {
                "$defs": {"types_money": {"type": "string"}},
                "properties": {
                    "a": {"$ref": "#/$defs/types_money"},
                    "b": {"$ref": "types.json#/$defs/money"},
                },
            },
            "types.json": TYPES,
        },
        [{"a": "x", "b": 1}, {"a": 1}, {"b": "x"}],
    ),
    "two files whose names look alike": (
        {
            "load.json": {"properties": {"a": {"$ref": "a-b.json"}, "b": {"$ref": "a_b.json"}}},
            "a-b.json": {"type": "integer"},
            "a_b.json": {"type": "string"},
        },
        [{"a": 1, "b": "x"}, {"a": "x"}, {"b": 1}],
    ),
    "what only looks like a reference": (
        {
            "load.json": {
                "properties": {"$ref": {"type": "integer"}, "a": {"const": {"$ref": "no.json"}}},
                "items": {"$ref": "types.json#/$defs/money"},
            },
            "types.json": TYPES,
        },
        [{"$ref": 1}, {"$ref": "x"}, {"a": {"$ref": "no.json"}}, {"a": 1}],
    ),
    "an older version": (
        {
            "load.json": {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "definitions": {"a": {"type": "integer"}},
                "items": [{"$ref": "#/definitions/a"}, {"$ref": "types.json#/definitions/b"}],
            },
            "types.json": {"definitions": {"b": {"items": [{"type": "string"}]}}},
        },
        [[1, ["x"]], ["x"], [1, [1]]],
    ),
    "another version": (
        {
            "load.json": {"properties": {"a": {"$ref": "old.json"}}},
            "old.json": {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "items": [{"type": "integer"}],
            },
        },
        [{"a": [1, "x"]}, {"a": ["x"]}],
    ),
    "true and false": (
        {
            "load.json": {"properties": {"a": {"$ref": "b.json#/$defs/no"}}},
            "b.json": {"$defs": {"no": False}},
        },
        [{}, {"a": 1}],
    ),
    "the schema of schemas": (
        {
            "load.json": {
                "$ref": "https://json-schema.org/draft/2020-12/schema",
                "properties": {"x": {"$ref": "types.json#/$defs/money"}},
            },
            "types.json": TYPES,
        },
        [{"type": "string"}, {"type": 5}, {"x": "y"}],
    ),
}


def unbundled(directory: Path) -> Any:
    """Return a validator that looks up references in the files as they are."""

    def retrieve(uri: str) -> Resource[Any]:
        content = json.loads(Path(uri.removeprefix("file://")).read_text())
        return Resource.from_contents(content, default_specification=DRAFT202012)

    uri = f"file://{directory / 'load.json'}"
    content = json.loads((directory / "load.json").read_text())
    validator = validator_for(content, Draft202012Validator)
    return validator({"$ref": uri}, registry=Registry(retrieve=retrieve))  # type: ignore[call-arg]  # made by attrs


@pytest.mark.parametrize("case", MEANINGS)
def test_a_bundled_schema_means_the_same(case: str, compiled: Compile, tmp_path: Path) -> None:
    """The schema in the package accepts what the schema among its files accepts, and refers to nothing outside."""
    files, instances = MEANINGS[case]
    made = schema(compiled({f"schemas/{name}": content for name, content in files.items()}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # looking for a file would be a deprecated thing to do
        here = validator_for(made, Draft202012Validator)(made)
        there = unbundled(tmp_path / "schemas")
        outcomes = [here.is_valid(instance) for instance in instances]
        assert outcomes == [there.is_valid(instance) for instance in instances]
    assert set(outcomes) == {True, False}
    assert ".json" not in json.dumps(made).replace("no.json", "")


def test_names_tell_the_file_and_the_place(compiled: Compile) -> None:
    """What is taken in is called after the file, seen from the schema, and the place in it; each place once."""
    made = schema(
        compiled(
            {
                "schemas/load.json": {
                    "prefixItems": [{"$ref": "../types.json#/$defs/money"}] * 2,
                    "items": {"$ref": "deep/types.json"},
                },
                "types.json": TYPES,
                "schemas/deep/types.json": {"type": "string"},
            }
        )
    )
    assert made["$defs"] == {"types_money": MONEY, "deep_types": {"type": "string"}}
    assert made["prefixItems"] == [{"$ref": "#/$defs/types_money"}] * 2


def test_a_schema_without_references_stays_as_it_is(compiled: Compile) -> None:
    """Only references to other files change a schema."""
    content = {"$id": "https://example.org/load", "$defs": {"a": MONEY}, "$ref": "#/$defs/a"}
    assert schema(compiled({"schemas/load.json": content})) == content


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (
        {"load.json": {"$ref": "https://example.org/types.json"}},
        "SEL812",
        "is not a file, so it cannot be a part of the package",
    ),
    ({"load.json": {"$ref": "urn:example:types"}}, "SEL812", "is not a file"),
    ({"load.json": {"$ref": "//example.org/types.json"}}, "SEL812", "is not a file"),
    ({"load.json": {"$ref": "nowhere.json"}}, "SEL812", "schemas/nowhere.json`, which cannot be"),
    (
        {"load.json": {"$ref": "types.json#/$defs/mony"}, "types.json": TYPES},
        "SEL812",
        "leads to nothing in `schemas/types.json`",
    ),
    (
        {"load.json": {"$ref": "types.json#money"}, "types.json": TYPES},
        "SEL812",
        "leads to nothing",
    ),
    ({"load.json": {"$ref": "#/$defs/no"}}, "SEL812", "leads to nothing in `schemas/load.json`"),
    ({"load.json": {"$ref": "#/allOf/9", "allOf": [{}]}}, "SEL812", "leads to nothing"),
    (
        {"load.json": {"$ref": "types.json#/required"}, "types.json": TYPES},
        "SEL812",
        "leads to what is no schema",
    ),
    (
        {"load.json": {"$ref": "b.json"}, "b.json": {"$ref": "c.json"}},
        "SEL812",
        "`schemas/b.json` refers to `schemas/c.json`, which cannot be read",
    ),
    (
        {"load.json": {"$ref": "b.json"}, "b.json": {"$dynamicRef": "#x"}},
        "SEL812",
        "`schemas/b.json` uses `$dynamicRef`",
    ),
    ({"load.json": {"$ref": "b.json"}, "b.json": "{"}, "SEL811", "`schemas/b.json`, to which"),
    (
        {"load.json": {"$ref": "b.json"}, "b.json": {"type": "text"}},
        "SEL811",
        "`schemas/b.json` is not a JSON Schema: 'text' is not valid",
    ),
    ({"load.json": "[1"}, "SEL811", "`schemas/load.json` is not JSON"),
    ({"load.json": {"type": 5}}, "SEL811", "`schemas/load.json` is not a JSON Schema"),
    ({"load.json": "5"}, "SEL811", "expected an object or a boolean"),
    ({}, "SEL810", "there is no schema `schemas/load.json`"),
]


@pytest.mark.parametrize(("files", "code", "text"), REFUSED)
def test_what_cannot_be_resolved_is_reported_once(
    files: dict[str, Any], code: str, text: str, compiled: Compile, tmp_path: Path
) -> None:
    """One diagnostic stands at the path in the configuration, tells what is wrong, and no path of this machine."""
    found = compiled({f"schemas/{name}": content for name, content in files.items()})
    one = only(found)
    assert one.rule.code == code
    assert text in one.message
    assert one.span is not None
    assert one.span.text == "schemas/load.json"
    assert str(tmp_path) not in render_human(found.diagnostics)


def test_a_file_that_two_tasks_name_is_reported_once(compiled: Compile) -> None:
    """One wrong file is one mistake."""
    nodes = NODES.replace(
        "tasks:\n",
        "tasks:\n  - {name: Save, import: own, classname: Load, output_schema: schemas/load.json}\n",
    ).replace("to: Load", "to: [Load, Save]")
    assert only(compiled({"schemas/load.json": {"type": 5}}, nodes)).rule.code == "SEL811"


def test_schemas_are_looked_for_beside_the_nodes_file(compiled: Compile, tmp_path: Path) -> None:
    """A path that leads nowhere from the working directory may lead somewhere from the nodes file."""
    compiled({"schemas/load.json": {"$ref": "types.json"}, "schemas/types.json": MONEY})
    (tmp_path / "elsewhere").mkdir()
    with contextlib.chdir(tmp_path / "elsewhere"):
        found = compile_files("../nodes.yaml", ["../nodes.yaml"], Modules([str(tmp_path)]))
    assert schema(found) == {"$ref": "#/$defs/types", "$defs": {"types": MONEY}}


@pytest.mark.parametrize(
    ("schema", "imported"),
    [(None, False), ({"type": "object", "required": ["a"]}, False), ({"pattern": "[a-z]"}, True)],
    ids=["none", "plain", "other"],
)
def test_jsonschema_is_imported_for_schemas_that_need_it(
    schema: Any, imported: bool, tmp_path: Path
) -> None:
    """A configuration does not pay for the library without a schema, or with one whose keywords are simple."""
    nodes = NODES if schema else NODES.replace(", output_schema: schemas/load.json", "")
    (tmp_path / "nodes.yaml").write_text(nodes)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "load.json").write_text(json.dumps(schema))
    code = (
        "import sys; from selinon_compiler.driver import compile_files;"
        "compile_files('nodes.yaml', ['nodes.yaml']); print('jsonschema' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{imported}\n"
