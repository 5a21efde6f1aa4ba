"""One mistake, one diagnostic: whatever part of a configuration is broken, nothing else is said about the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from selinon_compiler.diagnostics import Diagnostic, Diagnostics
from selinon_compiler.driver import compile_files
from selinon_compiler.frontend.nodes import Node
from selinon_compiler.frontend.yaml_reader import compose
from selinon_compiler.language import SECTIONS
from selinon_compiler.passes.lint import NEEDS
from selinon_compiler.passes.modules import Modules
from selinon_compiler.source import SourceFile

CONFIGURATION = """\
tasks:
  - {name: Load, import: own, storage: Disk, storage_task_name: load, max_retry: 1, retry_countdown: 2}
  - {name: Save, import: own, classname: Load, max_retry: 1, queue: '{HOST}_save', throttling: {seconds: 1}}
  - {name: Send, import: own, classname: Other, storage: Disk, storage_readonly: true, cache: {name: LRU}}
  - {name: Clean, import: own, classname: Other, storage: Log, selective_run_function: {name: choose, import: own}}
flows: [daily, report, nightly]
storages:
  - {name: Disk, import: own, classname: Other, configuration: {path: x}, cache: {configuration: {size: 1}}}
  - {name: Log, import: own, classname: Other}
global:
  default_task_queue: tasks
  predicates_module: predicates
  trace: [{logging: true}, {storage: {name: Log, method: trace}}, {function: {import: own, name: choose}}]
flow-definitions:
  - name: daily
    edges:
      - {from: , to: Load}
      - {from: Load, to: [Save, report], condition: {and: [{name: has, args: {key: a}}, {not: {name: ever}}]}}
      - {from: [Load, report], to: Send, condition: {name: has, node: Load, args: {key: a}}}
      - {from: Save, to: report, foreach: {import: own, function: choose, propagate_result: true}}
    failures:
      - {nodes: [Load, Save], fallback: Clean, condition: {name: ever}}
      - {nodes: Send, fallback: true}
    nowait: Clean
    propagate_parent: report
    propagate_finished: [report]
    max_retry: 1
    retry_countdown: 1
  - name: report
    node_args_from_first: true
    edges: [{from: , to: Load}, {from: Load, to: Save}]
    eager_failures: [Save]
    sampling: {name: constant, args: {retry: 10}}
  - name: nightly
    edges:
      - {from: , to: Save}
      - {from: Save, to: report, selective: {tasks: [Load], run_subsequent: [report], follow_subflows: true}}
    failures: [{nodes: report, fallback: [Clean], propagate_failure: true}]
    propagate_node_args: [report]
    propagate_failures: [report]
    propagate_parent_failures: false
    queue: night
    cache: {name: FIFO, configuration: {max_cache_size: 3}}
"""
MODULES = {
    "own.py": "class Load: ...\nclass Other: ...\ndef choose(*arguments): ...\n",
    "predicates.py": "def has(message, key): ...\ndef ever(): ...\n",
}


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a test a directory with the modules that the configuration names."""
    monkeypatch.chdir(tmp_path)
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def found(directory: Path, text: str) -> list[Diagnostic]:
    """Return what is reported about a text that is given as nodes file and as flow file."""
    (directory / "all.yaml").write_text(text)
    return list(compile_files("all.yaml", ["all.yaml"], Modules([str(directory)])).diagnostics)


def shown(diagnostics: list[Diagnostic]) -> list[str]:
    """Return code, place and message of diagnostics."""
    return [
        f"{one.rule.code} {one.span.line if one.span else 0}: {one.message}" for one in diagnostics
    ]


def test_the_configuration_is_sound(directory: Path) -> None:
    """Nothing is found in what the tests of this file break."""
    assert shown(found(directory, CONFIGURATION)) == []


def places(node: Node) -> Iterator[tuple[int, int]]:
    """Yield where the values below a node stand."""
    for child in node.children():
        yield child.start, child.end
        yield from places(child)


PLACES = list(
    places(compose(SourceFile("all.yaml", CONFIGURATION), Diagnostics()) or Node(None, 0, 0))
)


def echoes(directory: Path, by: str, codes: str) -> dict[tuple[int, str], list[str]]:
    """Return what is reported elsewhere when values are replaced one after the other, by the place and the old value.

    Only those replacements count which are reported themselves, under certain codes; some must be. A scalar is
    reported once, a list or mapping may itself be out of place besides.
    """
    found_elsewhere, counted = {}, 0
    for start, end in PLACES:
        if CONFIGURATION[start:end].startswith("default_task_queue"):
            continue  # with all settings gone, predicates mean something else
        got = found(directory, CONFIGURATION[:start] + by + CONFIGURATION[end:])
        inside = [one for one in got if one.span and start <= one.span.start < start + len(by)]
        if any(re.match(codes, one.rule.code) for one in inside):
            counted += 1
            if len(got) > (len(inside) if by.strip()[0] in "[{" else 1):
                line = CONFIGURATION.count("\n", 0, start) + 1
                found_elsewhere[line, CONFIGURATION[start:end]] = shown(got)
    assert counted > 50
    return found_elsewhere


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ("*nowhere", "SEL003"),
        ("!!python/name:os.system x", "SEL004"),
        ("2020-13-45", "SEL005"),
        ("[*nowhere]", "SEL003"),
        ("{<<: *nowhere}", "SEL003"),
        ("{? [a] : b}", "SEL009"),
    ],
)
def test_a_broken_value_has_no_echo(by: str, code: str, directory: Path) -> None:
    """A value that cannot be read is reported at its place, wherever that is, and nothing else is."""
    assert echoes(directory, f" {by} ", code) == {}


@pytest.mark.parametrize("by", ["5", "{zzz: 1}", "[[]]", "''"])
def test_a_wrong_value_has_no_echo(by: str, directory: Path) -> None:
    """A value of another kind than the key takes is reported at its place, and nothing else is."""
    assert echoes(directory, f" {by} ", "SEL1") == {}


def test_a_misspelt_key_is_one_mistake(directory: Path) -> None:
    """A key with a wrong letter is reported once, whatever it would have meant; the arguments of users are theirs."""
    for match in re.finditer(r"([\w-]{2,}): ", CONFIGURATION):
        end = match.end(1)
        got = found(directory, f"{CONFIGURATION[:end]}{match[1][-1]}{CONFIGURATION[end:]}")
        if match[1] not in ("path", "key", "retry"):
            assert len(got) == 1, (match[1], shown(got))


def test_parts_are_named_as_they_are_counted() -> None:
    """Each part that a rule may miss is a section, or a key of one."""
    parts = set(SECTIONS) | {
        f"{path}.{key.name}" for path, cls in SECTIONS.items() for key in cls.keys
    }
    assert {part for needs in NEEDS.values() for part in needs} <= parts
