"""What tasks and fallbacks read of the nodes before them, in flows that run in this process."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from selinon import registry
from selinon.config import Config
from selinon.errors import NoParentNodeError
from selinon.local import LocalExecutor

CODE = '''
from selinon import SelinonTask

class Where(SelinonTask):
    """Its result tells where it ran."""
    def run(self, node_args):
        return [self.flow_name, self.task_name, self.task_id]

class Breaks(SelinonTask):
    def run(self, node_args):
        raise ValueError(self.flow_name, self.task_name)

class Look(SelinonTask):
    """Returns what it reads, by a function of the test."""
    def run(self, node_args):
        return LOOK(self)
'''

TASKS = """
tasks:
  - {name: A, import: code, classname: Where, storage: Files}
  - {name: B, import: code, classname: Where, storage: Files}
  - {name: Look, import: code}
  - {name: Bad, import: code, classname: Breaks}
  - {name: Bad2, import: code, classname: Breaks}
storages: [{name: Files, import: selinon.storages.filesystem, classname: Filesystem, configuration: {path: results}}]
flows: [main, inner, deepest]
"""

_NUMBERS = itertools.count()

Run = Callable[[str, Callable[[Any], Any]], Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Return a function that runs `main` of these flows, and returns what each `Look` read by another function."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    name = f"parents_code_{next(_NUMBERS)}"

    def run_main(flows: str, look: Callable[[Any], Any]) -> Any:
        Path(f"{name}.py").write_text(CODE)
        yaml = f"{TASKS}\nflow-definitions:\n{flows}".replace("import: code", f"import: {name}")
        Path("nodes.yaml").write_text(yaml)
        importlib.invalidate_caches()
        importlib.import_module(name).__dict__["LOOK"] = look
        Config.set_config_yaml("nodes.yaml", ["nodes.yaml"])
        result = LocalExecutor(registry.current()).run("main")
        assert result.state == "succeeded", (result.reasons, result.reason)
        return [value for task, _, value in result.results if task == "Look"]

    yield run_main
    sys.modules.pop(name, None)


SUBFLOWS = """
  - name: main
    {key}: true
    edges: [{{from: , to: A}}, {{from: A, to: inner}}, {{from: [A, inner], to: Look}}]
  - name: inner
    edges: [{{from: , to: [A, B, B]}}, {{from: A, to: deepest}}]
  - name: deepest
    edges: [{{from: , to: [A, B]}}]
"""


def test_nested_parents(run: Run) -> None:
    """With `propagate_finished`, results are found by the path of flows, where each task ran."""

    def look(task: Any) -> Any:
        inner = task.parent["inner"]
        found = [
            task.parent_flow_result("inner", "B", index) for index in range(len(inner["B"]))
        ] + [
            task.parent_task_result("A"),
            task.parent_flow_result("inner", "A"),
            task.parent_flow_result(["inner", "deepest"], "B"),
        ]
        return [where[:2] for where in found], [where[2] for where in found], task.parent

    [(places, ids, parent)] = run(SUBFLOWS.format(key="propagate_finished"), look)
    assert places == [
        *(["inner", "B"], ["inner", "B"]),
        *(["main", "A"], ["inner", "A"], ["deepest", "B"]),
    ]
    inner = parent["inner"]
    assert ids == [*inner["B"], parent["A"], *inner["A"], *inner["deepest"]["B"]]


def test_compound_parents(run: Run) -> None:
    """With `propagate_compound_finished`, results of all depths are found under the name of the source flow."""

    def look(task: Any) -> Any:
        count = len(task.parent["inner"]["B"])
        return [task.parent_flow_result("inner", "B", index)[0] for index in range(count)]

    [flows] = run(SUBFLOWS.format(key="propagate_compound_finished"), look)
    assert sorted(flows) == ["deepest", "inner", "inner"]


def test_parents_of_a_sub_flow(run: Run) -> None:
    """With `propagate_parent`, the first tasks of a sub-flow read what ran in the flow above."""
    flows = """
  - name: main
    propagate_parent: true
    edges: [{from: , to: A}, {from: A, to: inner}]
  - {name: inner, edges: [{from: , to: Look}]}
  - {name: deepest, edges: [{from: , to: A}]}
"""
    [where] = run(flows, lambda task: task.parent_task_result("A"))
    assert where[:2] == ["main", "A"]


FAILURES = """
  - name: main
    {key}
    edges: [{{from: , to: [inner, Bad]}}]
    failures: [{{nodes: [inner, Bad], fallback: Look}}]
  - name: inner
    edges: [{{from: , to: [Bad, Bad, A, deepest]}}]
  - {{name: deepest, edges: [{{from: , to: Bad2}}]}}
"""


def test_a_fallback_sees_failures_of_sub_flows(run: Run) -> None:
    """With `propagate_failures`, a fallback finds what failed by the path of flows; it has no parents."""

    def look(task: Any) -> Any:
        return (
            task.parent,
            {name: type(entry) for name, entry in task.failed.items()},
            task.parent_task_exception("Bad").args,
            task.parent_flow_exception("inner", "Bad", 0).args,
            task.parent_flow_exception("inner", "Bad", 1).args,
            task.parent_flow_exception(["inner", "deepest"], "Bad2").args,
        )

    [found] = run(FAILURES.format(key="propagate_failures: true"), look)
    assert found == (
        {},
        {"Bad": list, "inner": dict},
        ("main", "Bad"),
        ("inner", "Bad"),
        ("inner", "Bad"),
        ("deepest", "Bad2"),
    )


def test_a_fallback_sees_failures_of_all_depths_together(run: Run) -> None:
    """With `propagate_compound_failures`, all that failed is under the name of the sub-flow."""
    [found] = run(
        FAILURES.format(key="propagate_compound_failures: true"),
        lambda task: task.parent_flow_exception("inner", "Bad2").args,
    )
    assert found == ("deepest", "Bad2")


def test_a_fallback_is_told_why_it_sees_nothing(run: Run) -> None:
    """Where failures are not propagated, the error says which key would do it."""

    def look(task: Any) -> Any:
        with pytest.raises(NoParentNodeError, match="lacks `propagate_failures`"):
            task.parent_flow_exception("inner", "Bad")
        with pytest.raises(NoParentNodeError, match="lacks `propagate_failures`"):
            task.parent_flow_exception(["inner", "deepest"], "Bad2")
        with pytest.raises(NoParentNodeError, match="other"):
            task.parent_flow_exception("other", "Bad")
        return len(task.failed["inner"])

    assert run(FAILURES.format(key="propagate_failures: false"), look) == [1]


def test_the_first_tasks_of_a_fallback_flow_see_failures(run: Run) -> None:
    """With `propagate_parent_failures`, they have what their flow answers."""
    flows = """
  - name: main
    propagate_parent_failures: true
    edges: [{from: , to: Bad}]
    failures: [{nodes: Bad, fallback: inner}]
  - {name: inner, edges: [{from: , to: Look}]}
  - {name: deepest, edges: [{from: , to: A}]}
"""
    assert run(flows, lambda task: task.parent_task_exception("Bad").args) == [("main", "Bad")]
