"""Mappings that a program built, written as YAML."""

from __future__ import annotations

import datetime
import enum
import pickle
import shutil
import sys
from collections import OrderedDict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from selinon_compiler.diagnostics import Diagnostics
from selinon_compiler.driver import compile_files, compile_sources
from selinon_compiler.frontend.nodes import Mapping, Node, Sequence
from selinon_compiler.frontend.yaml_reader import compose
from selinon_compiler.mappings import UnwritableError, source_of
from selinon_compiler.passes.modules import Modules
from selinon_compiler.plan import dumps


def read(value: Any) -> Any:
    """Return what the reader of YAML files makes of a mapping; it must find nothing to complain about."""
    diagnostics = Diagnostics()
    root = compose(source_of(value, "nodes"), diagnostics)
    assert [found.message for found in diagnostics] == []
    assert root is not None
    return values(root)


def values(node: Node) -> Any:
    """Return a tree without its places."""
    if isinstance(node, Mapping):
        return {key: values(child) for key, child in node.value.items()}
    return [values(child) for child in node.value] if isinstance(node, Sequence) else node.value


def test_text_is_what_people_write() -> None:
    """Words stay plain, collections are blocks, and what could be mistaken for something else is quoted."""
    shared = {"name": "fieldExist", "args": {"key": ["a", 0]}}
    file = source_of(
        {
            "tasks": [
                {"name": "Load", "import": "shop.tasks", "queue": "{P}_load", "max_retry": 2}
            ],
            "flow-definitions": [{"edges": [{"from": None, "condition": shared}, {"not": shared}]}],
            "flows": [],
            "yes": "no",
        },
        "nodes",
    )
    assert file.path == "<nodes>"
    assert file.text == (
        "tasks:\n"
        "  - name: Load\n"
        "    import: shop.tasks\n"
        '    queue: "{P}_load"\n'
        "    max_retry: 2\n"
        "flow-definitions:\n"
        "  - edges:\n"
        "      - from: null\n"
        "        condition: &a1\n"
        "          name: fieldExist\n"
        "          args:\n"
        "            key:\n"
        "              - a\n"
        "              - 0\n"
        "      - not: *a1\n"
        "flows: []\n"
        '"yes": "no"\n'
    )


class Colour(enum.StrEnum):
    """A text that is more than a text."""

    RED = "red"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["yes", "010", "null", "~", "", "1:30", "<<", "2020-01-01", "1e5", ".nan"],) * 2,
        (["a: b", "# c", "- d", "*e", "&f", "!g", "{h", "[i", "'", '"', "\\", " j ", "k\n\tl"],)
        * 2,
        (["\x00", "\x85", "\ufeff", "\u2028", "é", "\U0001f600", "\uffff", "x" * 5000],) * 2,
        ([0, -1, 10**3000, True, False, None, 0.1, 1e300, 1e-7, -0.0, float("inf")],) * 2,
        ([datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5, 6), b"\x00\xff"],) * 2,
        ((1, (2, [])), [1, [2, []]]),
        ([OrderedDict(a=1), MappingProxyType({"b": {}})], [{"a": 1}, {"b": {}}]),
        ([Colour.RED], ["red"]),
        ({1: "int", False: "bool", None: "none", 1.5: "float", "k" * 2000: {}, "<<": []},) * 2,
    ],
)
def test_values_stay_what_they_are(given: Any, meant: Any) -> None:
    """Texts, numbers, dates and bytes are read as exactly what they were; tuples become lists."""
    found = read({"value": given})["value"]
    assert repr(found) == repr(meant)


def test_shared_parts_are_written_once() -> None:
    """What doubles with each level in a tree takes one place per level in the text, and nothing is changed."""
    value: Any = ["leaf"]
    for _ in range(60):
        value = {"left": value, "right": value}
    before = pickle.dumps(value)  # comparing the values would walk through all branches
    assert len(source_of(value, "nodes").text.splitlines()) == 121
    assert pickle.dumps(value) == before


ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
APPLICATIONS = [
    *sorted(path.parent for path in ROOT.glob("golden/build/*/nodes.yaml")),
    *sorted(path.parent for path in CORPUS.glob("real/*/nodes.y*ml")),
]


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda path: path.name)
def test_mappings_mean_what_the_files_mean(
    application: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What PyYAML makes of the files of an application gives the same plan as the files; anchors are shared there."""
    shutil.copytree(application, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    for path in tmp_path.rglob("*.y*ml"):  # the one value that a file may hold, and a mapping not
        path.write_bytes(path.read_bytes().replace(b".nan", b".inf"))
    modules = Modules([str(application), str(CORPUS / "real" / "f8a_worker" / "stubs"), *sys.path])
    (nodes,) = tmp_path.glob("nodes.y*ml")
    flows = [path for path in sorted(tmp_path.rglob("*.y*ml")) if path != nodes]
    by_files = compile_files(nodes.name, [str(path) for path in flows], modules)
    sources = [source_of(yaml.safe_load(path.read_bytes()), "any") for path in (nodes, *flows)]
    by_mappings = compile_sources(sources[0], sources[1:], modules)
    assert by_files.plan is not None
    assert by_mappings.plan is not None
    assert dumps(by_mappings.plan) == dumps(by_files.plan)


def cyclic() -> dict[str, Any]:
    """Return a mapping that contains itself, through a list."""
    value: dict[str, Any] = {"tasks": [{}]}
    value["tasks"].append(value)
    return value


def nested(depth: int) -> dict[str, Any]:
    """Return mappings in each other."""
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"x": value}
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"tasks": [{"name": object()}]}, "`nodes['tasks'][0]['name']` holds an object of type `object`"),
        ({"a": {1, 2}}, "`nodes['a']` holds an object of type `set`, for which YAML has no form"),
        ({"a": datetime.time(1)}, "`nodes['a']` holds an object of type `time`"),
        ({"a": {("b", 1): 0}}, "the key of `nodes['a'][<tuple>]` is a tuple"),
        ({object(): 0}, "`nodes[<object>]` holds an object of type `object`"),
        ({"a": [float("nan")]}, "`nodes['a'][0]` holds a float that is not a number"),
        ({"a": "\ud800"}, "`nodes['a']` holds a text with a lone surrogate"),
        ({"a": 10**5000}, "`nodes['a']` holds a number that is too long"),
        (cyclic(), "`nodes['tasks'][1]` contains itself"),
        (nested(101), "`nodes` is nested deeper than 100 levels"),
        (nested(100_000), "`nodes` is nested deeper than 100 levels"),
    ],
)  # fmt: skip
def test_what_yaml_cannot_hold(value: Any, message: str) -> None:
    """The keys that lead to it are named, and what it is."""
    with pytest.raises(UnwritableError) as raised:
        source_of(value, "nodes")
    assert message in str(raised.value)
