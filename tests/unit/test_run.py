"""`run_flow` and `run_flow_selective`, as far as there is nobody to run anything."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from selinon import run_flow, run_flow_selective
from selinon.config import Config
from selinon.errors import ConfigNotInitializedError, SelectiveNoPathError, UnknownFlowError

YAML = """
tasks: [{name: A, import: none}, {name: B, import: none}, {name: C, import: none}]
flows: [main, inner]
flow-definitions:
  - {name: main, edges: [{from: , to: A}, {from: A, to: inner}]}
  - {name: inner, edges: [{from: , to: B}], failures: [{nodes: B, fallback: C}]}
"""

NO_WORKERS = "no Celery application is set"


@pytest.fixture(autouse=True)
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two flows, one in the other."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    code = "".join(f"class {name}:\n    def run(self, node_args): ...\n" for name in "ABC")
    Path("none.py").write_text(code)
    Path("nodes.yaml").write_text(YAML)
    Config.set_config_yaml("nodes.yaml", ["nodes.yaml"])


def test_signatures() -> None:
    """The parameters are the documented ones, in their order."""
    assert list(inspect.signature(run_flow).parameters) == ["flow_name", "node_args"]
    assert list(inspect.signature(run_flow_selective).parameters) == [
        "flow_name",
        "task_names",
        "node_args",
        "follow_subflows",
        "run_subsequent",
    ]


def test_unknown_flows() -> None:
    """A flow that is not there is told before anything else, with the one that was perhaps meant."""
    with pytest.raises(UnknownFlowError, match="similar name exists: `inner`"):
        run_flow("iner")
    with pytest.raises(UnknownFlowError, match=r"no flow `nightly`$"):
        run_flow_selective("nightly", ["A"], None)


@pytest.mark.parametrize(("wanted", "follow"), [(["B"], False), (["C"], True), ([], True)])
def test_selective_runs_without_a_path(wanted: list[str], follow: bool) -> None:
    """What cannot be reached, or is no task at all, is told before anything starts."""
    with pytest.raises(SelectiveNoPathError):
        run_flow_selective("main", wanted, None, follow_subflows=follow)


def test_what_is_missing_is_said() -> None:
    """When everything is right there is nobody to run the flow, and the error says what to do instead."""
    with pytest.raises(ConfigNotInitializedError, match=NO_WORKERS) as caught:
        run_flow("main", {"a": 1})
    assert "selinon-cli execute" in str(caught.value)
    for tasks in ("inner", ["B", "A"]):
        with pytest.raises(ConfigNotInitializedError, match=NO_WORKERS):
            run_flow_selective("main", tasks, None, follow_subflows=True, run_subsequent=True)
