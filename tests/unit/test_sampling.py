"""Sampling strategies of flows: what they are told at the end of each step, and what comes of what they answer."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from selinon import registry
from selinon.config import Config
from selinon.local import LocalExecutor, RunResult

CODE = '''
ANSWERS, TOLD = [], []

class Task:
    """A task that fails if the arguments name it."""
    def __init__(self, task_name, **details):
        self.name = task_name
    def run(self, node_args):
        assert node_args != self.name

def strategy(status, step):
    """Note what it is told, and answer with the next of the answers, if any are left."""
    TOLD.append(status)
    answer = ANSWERS.pop(0) if ANSWERS else step
    if isinstance(answer, Exception):
        raise answer
    return answer
'''

ANSWERS: list[Any] = []
TOLD: list[dict[str, Any]] = []


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "sampled_tasks.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    module: Any = importlib.import_module("sampled_tasks")
    ANSWERS.clear()
    TOLD.clear()
    module.ANSWERS, module.TOLD = ANSWERS, TOLD
    yield
    sys.modules.pop("sampled_tasks")
    registry._CURRENT.clear()


def run(node_args: Any = None, **flow: Any) -> RunResult:
    """Run a flow of two tasks, the second of which has a fallback, with a strategy of its own."""
    edges = [{"from": None, "to": "A"}, {"from": "A", "to": "B"}]
    sampling = {"name": "strategy", "import": "sampled_tasks", "args": {"step": 5}}
    failures = [{"nodes": "B", "fallback": "C"}]
    tasks = [{"name": name, "classname": "Task", "import": "sampled_tasks"} for name in "ABC"]
    Config.set_config_dict(
        {"tasks": tasks, "flows": ["main"]},
        {
            "flow-definitions": [
                {"name": "main", "sampling": sampling, "edges": edges, "failures": failures, **flow}
            ]
        },
    )
    return LocalExecutor(registry.current()).run("main", node_args)


def test_what_a_strategy_is_told() -> None:
    """After each step that leaves something active it sees which nodes there are, by names that know their ids."""
    result = run("B")
    finished = result.nodes["finished_nodes"]
    assert result.state == "succeeded"
    assert [status["previous_retry"] for status in TOLD] == [None, 5, 5]
    assert [status["active_nodes"] for status in TOLD] == [["A"], ["B"], ["C"]]
    assert [status["new_started_nodes"] for status in TOLD] == [["A"], ["B"], []]
    assert [status["new_fallback_nodes"] for status in TOLD] == [[], [], ["C"]]
    first = {"A": finished["A"]}
    assert [status["finished_nodes"] for status in TOLD] == [{}, first, first]
    [node] = TOLD[0]["active_nodes"]
    assert (node.name, node.id) == ("A", *finished["A"])


@pytest.mark.parametrize("answer", [None, -1, float("nan")])
def test_no_delay_does_not_end_a_flow(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A strategy that answers with no delay while nodes are active is warned of; the nodes are waited for."""
    ANSWERS.extend([answer, answer])
    assert run().nodes["finished_nodes"].keys() == {"A", "B"}
    assert "while nodes are active" in caplog.text


@pytest.mark.parametrize("answer", [KeyError("lost"), "soon"])
def test_a_strategy_that_raises_fails_the_flow(answer: Any) -> None:
    """What it raises, or what is no number, makes the attempt fail: nothing of the step starts, the flow is retried."""
    ANSWERS.append(answer)
    result = run(max_retry=1)
    assert result.state == "succeeded"
    ANSWERS.extend([answer, answer])
    result = run(max_retry=1)
    assert (result.state, result.nodes["finished_nodes"]) == ("failed", {})
    assert "sampling strategy sampled_tasks.strategy of flow `main`" in str(result.reason)
