"""Every trace event: the details it has, and a flow that causes it, run in this process."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from selinon import registry
from selinon.config import Config
from selinon.engine import Selection, select
from selinon.errors import ConfigurationError
from selinon.local import LocalExecutor, RunResult
from selinon.trace import FunctionSink, Trace
from selinon.trace.events import EVENTS
from selinon_compiler.docs import NOT_EMITTED

STEP = (
    "flow_name dispatcher_id node_args retry queue state selective retried_count parent "
    "migration_version"
)
EDGE = (
    "nodes_to nodes_from flow_name foreach_str condition_str parent node_args dispatcher_id "
    "selective"
)
NODE_STATE = "flow_name node_args parent dispatcher_id queue node_id node_name selective"
RECORD = "task_name storage_task_name storage_name flow_name task_id"
TASK = "flow_name task_name task_id parent node_args queue dispatcher_id"
NODE = "flow_name dispatcher_id selective node_name node_id"
STORED = "flow_name node_args task_name storage_task_name task_id storage_name record_id"
ERROR = "error_type error_value error_traceback"
RULE = "flow_name dispatcher_id nodes selective fallback condition_strs"

DETAILS: dict[str, str] = {
    "FLOW_SCHEDULE": "flow_name node_args dispatcher_id queue selective",
    "DISPATCHER_WAKEUP": STEP,
    "FLOW_START": "flow_name dispatcher_id queue selective node_args",
    "TASK_SCHEDULE": "task_name flow_name parent node_args dispatcher_id task_id queue condition_str foreach_str "
    "selective_edge countdown selective",
    "SUBFLOW_SCHEDULE": "flow_name child_flow_name dispatcher_id child_dispatcher_id queue countdown condition_str "
    "foreach_str selective_edge_conf child_selective selective node_args",
    "TASK_START": TASK,
    "TASK_END": f"{TASK} storage",
    "TASK_DISCARD_RESULT": f"{TASK} result",
    "TASK_RETRY": f"{TASK} what retry_countdown retried_count user_retry max_retry",
    "TASK_FAILURE": f"{TASK} what retried_count",
    "NODE_SUCCESSFUL": NODE,
    "NODE_FAILURE": f"{NODE} what",
    "EAGER_FAILURE": f"{NODE} what",
    "EDGE_COND_FALSE": "nodes_to nodes_from condition flow_name parent node_args dispatcher_id selective",
    "FOREACH_RESULT": f"{EDGE} result",
    "SELECTIVE_OMIT_EDGE": EDGE,
    "SELECTIVE_OMIT_NODE": f"{EDGE} omitted_node",
    "SELECTIVE_TASK_REUSE": f"{EDGE} task_name task_id",
    "SELECTIVE_RUN_FUNC": "flow_name dispatcher_id selective node_name node_args parent result",
    "FALLBACK_COND_TRUE": RULE,
    "FALLBACK_COND_FALSE": RULE,
    "FALLBACK_START": RULE,
    "FLOW_FAILURE": f"{STEP} will_retry",
    "FLOW_RETRY": "flow_name dispatcher_id node_args parent retried_count selective retry state countdown queue",
    "DISPATCHER_RETRY": STEP,
    "DISPATCHER_FAILURE": f"{STEP} what",
    "FLOW_END": STEP,
    "NODE_STATE_CACHE_GET": NODE_STATE,
    "NODE_STATE_CACHE_HIT": NODE_STATE,
    "NODE_STATE_CACHE_ADD": NODE_STATE,
    "NODE_STATE_CACHE_MISS": f"{NODE_STATE} what",
    "NODE_STATE_CACHE_ISSUE": f"{NODE_STATE} what",
    "RESULT_BACKEND_ISSUE": f"{NODE_STATE} what",
    "TASK_RESULT_CACHE_GET": RECORD,
    "TASK_RESULT_CACHE_HIT": RECORD,
    "TASK_RESULT_CACHE_ADD": RECORD,
    "TASK_RESULT_CACHE_MISS": f"{RECORD} what",
    "TASK_RESULT_CACHE_ISSUE": f"{RECORD} what",
    "STORAGE_RETRIEVE": RECORD,
    "STORAGE_ISSUE": f"{RECORD} what",
    "STORAGE_CONNECT": "storage_name",
    "STORAGE_STORE": STORED,
    "STORAGE_STORE_ERROR": f"{STORED} {ERROR}",
    "STORAGE_OMIT_STORE_ERROR": f"flow_name node_args task_name task_id {ERROR}",
    "STORAGE_DELETE": RECORD,
    "STORAGE_DELETED": RECORD,
    "MIGRATION": f"{STEP} new_migration_version old_migration_version tainted",
    "MIGRATION_SKEW": f"{STEP} available_migration_version",
    "MIGRATION_TAINTED_FLOW": f"{STEP} latest_migration_version tainting_nodes tainted_edge tainted_flow_strategy",
    "MIGRATION_ERROR": f"{STEP} what",
    "STORAGE_DISCONNECT": "",
    "STORAGE_RETRIEVED": "",
    "STORAGE_STORED": "",
}
"""The details of each event, as they are documented."""

CODE = '''
import os
from selinon import Cache, DataStorage, SelinonTask, StoragePool

TRIES = []

def tried(name):
    TRIES.append(name)
    return TRIES.count(name)

class Plain(SelinonTask):
    def run(self, node_args):
        return node_args

class Breaks(SelinonTask):
    def run(self, node_args):
        raise ValueError("broken")

class BreaksOnce(SelinonTask):
    def run(self, node_args):
        if tried("BreaksOnce") == 1:
            raise ValueError("broken")

class Asks(SelinonTask):
    def run(self, node_args):
        if tried("Asks") == 1:
            self.retry(0)

class Unsets(SelinonTask):
    def run(self, node_args):
        del os.environ["NOWHERE"]

class Deletes(SelinonTask):
    def run(self, node_args):
        StoragePool.delete(self.flow_name, "A", self.parent["A"])

class Keeper(DataStorage):
    """Needs to be connected; the first read after a "flaky" result was stored fails."""
    def __init__(self):
        self.results, self.online, self.flaky = {}, False, False
    def is_connected(self):
        return self.online
    def connect(self):
        self.online = True
    def disconnect(self):
        self.online = False
    def store(self, node_args, flow_name, task_name, task_id, result):
        self.results[task_id], self.flaky = result, result == "flaky"
        return len(self.results)
    def store_error(self, node_args, flow_name, task_name, task_id, exc_info):
        return "error record"
    def retrieve(self, flow_name, task_name, task_id):
        if self.flaky:
            self.flaky = False
            raise OSError("away")
        return self.results[task_id]
    def delete(self, flow_name, task_name, task_id):
        del self.results[task_id]

class BrokenCache(Cache):
    def add(self, item_id, item, task_name=None, flow_name=None):
        raise OSError("no cache")
    get = add

def items(pool, node_args):
    return range(2)

def reuse(flow_name, node_name, node_args, task_names, storage_pool):
    return "earlier" if node_name == "Reused" else None
'''

YAML = """
tasks:
  - {name: A, import: code, classname: Plain, storage: Kept}
  - {name: B, import: code, classname: Plain}
  - {name: C, import: code, classname: Plain, storage: BadlyCached}
  - {name: D, import: code, classname: Plain}
  - {name: Reused, import: code, classname: Plain, selective_run_function: {import: code, name: reuse}}
  - {name: Bad, import: code, classname: Breaks, storage: Kept}
  - {name: BadInMemory, import: code, classname: Breaks, storage: Memory}
  - {name: Once, import: code, classname: BreaksOnce, max_retry: 2}
  - {name: OncePerFlow, import: code, classname: BreaksOnce}
  - {name: Asks, import: code}
  - {name: Deletes, import: code}
  - {name: Unsets, import: code}
  - {name: E, import: code, classname: Plain, queue: "{NOWHERE}"}
storages:
  - {name: Kept, import: code, classname: Keeper, cache: {name: LRU, configuration: {max_cache_size: 9}}}
  - {name: BadlyCached, import: code, classname: Keeper, cache: {name: BrokenCache, import: code}}
  - {name: Memory, import: selinon.storages.memory, classname: InMemoryStorage}
flows: [conditions, uncached, failing, eager, tried, retries, asking, parent, child, each, deleting, fallbacks,
        partial, nowhere]
flow-definitions:
  - name: conditions
    edges:
      - {from: , to: A}
      - {from: A, to: B, condition: {name: fieldEqual, node: A, args: {key: x, value: 1}}}
      - {from: A, to: D, condition: {name: fieldEqual, node: A, args: {key: x, value: 2}}}
  - {name: uncached, edges: [{from: , to: C}, {from: C, to: B, condition: {name: isStr, node: C}}]}
  - {name: failing, edges: [{from: , to: [A, Bad, BadInMemory]}]}
  - {name: eager, eager_failures: Bad, edges: [{from: , to: [Bad, A]}]}
  - {name: tried, edges: [{from: , to: Once}]}
  - {name: retries, max_retry: 1, edges: [{from: , to: A}, {from: A, to: OncePerFlow}]}
  - {name: asking, edges: [{from: , to: Asks}]}
  - name: parent
    propagate_node_args: true
    edges:
      - {from: , to: A}
      - {from: A, to: child, condition: {name: alwaysTrue}}
      - {from: child, to: child, condition: {name: alwaysFalse}}
      - {from: child, to: partial, selective: {tasks: [B], follow_subflows: false, run_subsequent: false}}
  - {name: child, edges: [{from: , to: B}]}
  - {name: each, edges: [{from: , to: B, foreach: {import: code, function: items}}]}
  - {name: deleting, edges: [{from: , to: A}, {from: A, to: Deletes}]}
  - name: fallbacks
    edges: [{from: , to: Bad}]
    failures:
      - {nodes: Bad, fallback: D, condition: {name: argsFieldExist, args: {key: absent}}}
      - {nodes: Bad, fallback: [A, B], condition: {name: argsFieldExist, args: {key: x}}}
  - name: partial
    edges:
      - {from: , to: [Reused, D]}
      - {from: , to: A}
      - {from: Reused, to: B}
  - {name: nowhere, edges: [{from: , to: Unsets}, {from: Unsets, to: E}]}
"""

_NUMBERS = itertools.count()


@dataclass(slots=True)
class Application:
    """A configuration in use, and what it traced."""

    code: ModuleType
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def run(self, flow: str, args: Any = None, wanted: str | None = None) -> RunResult:
        """Run a flow, or what leads to one of its tasks."""
        deployment = registry.current()
        selection: Selection | None = None
        if wanted is not None:
            selection = select(flow, deployment.flow, [wanted])
        return LocalExecutor(deployment).run(flow, args, selection)

    def traced(self, name: str, **details: Any) -> list[dict[str, Any]]:
        """Return the details of all events of a name that have these details, among others."""
        return [
            found
            for event, found in self.events
            if event == name and details.items() <= {key: found[key] for key in details}.items()
        ]


@pytest.fixture
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """The application that the texts above describe."""
    name = f"trace_events_code_{next(_NUMBERS)}"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("NOWHERE", "nowhere")
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "nodes.yaml").write_text(YAML.replace("import: code", f"import: {name}"))
    importlib.invalidate_caches()
    Config.set_config_yaml(str(tmp_path / "nodes.yaml"), [str(tmp_path / "nodes.yaml")])
    made = Application(importlib.import_module(name))

    def note(number: int, details: dict[str, Any]) -> None:
        made.events.append((Trace.event2str(number), details))

    registry.current().tracer.sinks = (FunctionSink(note),)
    yield made
    registry.current().storages.close()
    sys.modules.pop(name, None)


def test_details_are_the_documented_ones() -> None:
    """Each event has the details that users read, no more and no fewer."""
    assert {kind.wire_name(): set(kind.names) for kind in EVENTS} == {
        name: set(details.split()) for name, details in DETAILS.items()
    }


ONE = {"x": 1}

CAUSES: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "FLOW_SCHEDULE": (("each",), {"flow_name": "each", "selective": False, "queue": "celery"}),
    "DISPATCHER_WAKEUP": (("each",), {"flow_name": "each", "retried_count": 0}),
    "FLOW_START": (("each",), {"flow_name": "each", "node_args": None}),
    "TASK_SCHEDULE": (("conditions", ONE), {"task_name": "B", "selective_edge": False}),
    "SUBFLOW_SCHEDULE": (("parent", ONE), {"child_flow_name": "child", "child_selective": False}),
    "TASK_START": (("conditions", ONE), {"task_name": "B", "node_args": ONE}),
    "TASK_END": (("conditions", ONE), {"task_name": "A", "storage": "Kept"}),
    "TASK_DISCARD_RESULT": (("conditions", ONE), {"task_name": "B", "result": ONE}),
    "TASK_RETRY": (("tried",), {"user_retry": False, "max_retry": 2, "retried_count": 0}),
    "TASK_FAILURE": (("failing",), {"task_name": "Bad", "retried_count": 0}),
    "NODE_SUCCESSFUL": (("failing",), {"node_name": "A"}),
    "NODE_FAILURE": (("failing",), {"node_name": "Bad"}),
    "EAGER_FAILURE": (("eager",), {"node_name": "Bad"}),
    "EDGE_COND_FALSE": (("conditions", ONE), {"nodes_to": ["D"], "nodes_from": ["A"]}),
    "FOREACH_RESULT": (("each",), {"nodes_to": ["B"], "result": [0, 1]}),
    "SELECTIVE_OMIT_EDGE": (("partial", ONE, "B"), {"nodes_to": ["A"], "nodes_from": []}),
    "SELECTIVE_OMIT_NODE": (("partial", ONE, "B"), {"omitted_node": "D"}),
    "SELECTIVE_TASK_REUSE": (("partial", ONE, "B"), {"task_name": "Reused", "task_id": "earlier"}),
    "SELECTIVE_RUN_FUNC": (("partial", ONE, "B"), {"node_name": "Reused", "result": "earlier"}),
    "FALLBACK_COND_TRUE": (("fallbacks", ONE), {"fallback": ["A", "B"]}),
    "FALLBACK_COND_FALSE": (("fallbacks", ONE), {"fallback": ["D"]}),
    "FALLBACK_START": (("fallbacks", ONE), {"fallback": ["A", "B"]}),
    "FLOW_FAILURE": (("failing",), {"will_retry": False}),
    "FLOW_RETRY": (("retries",), {"retried_count": 1, "countdown": 0}),
    "DISPATCHER_RETRY": (("each",), {"flow_name": "each", "retry": None}),
    "FLOW_END": (("each",), {"flow_name": "each"}),
    "TASK_RESULT_CACHE_GET": (("conditions", ONE), {"task_name": "A"}),
    "TASK_RESULT_CACHE_HIT": (("conditions", ONE), {"task_name": "A"}),
    "TASK_RESULT_CACHE_ADD": (("conditions", ONE), {"task_name": "A"}),
    "TASK_RESULT_CACHE_MISS": (("conditions", ONE), {"task_name": "A"}),
    "TASK_RESULT_CACHE_ISSUE": (("uncached", "x"), {"task_name": "C"}),
    "STORAGE_RETRIEVE": (("conditions", ONE), {"task_name": "A", "storage_name": "Kept"}),
    "STORAGE_ISSUE": (("conditions", "flaky"), {"task_name": "A", "storage_name": "Kept"}),
    "STORAGE_CONNECT": (("conditions", ONE), {"storage_name": "Kept"}),
    "STORAGE_STORE": (("conditions", ONE), {"task_name": "A", "record_id": 1, "node_args": ONE}),
    "STORAGE_STORE_ERROR": (("failing",), {"task_name": "Bad", "record_id": "error record"}),
    "STORAGE_OMIT_STORE_ERROR": (("failing",), {"task_name": "BadInMemory"}),
    "STORAGE_DELETE": (("deleting",), {"task_name": "A"}),
    "STORAGE_DELETED": (("deleting",), {"task_name": "A"}),
}
"""By event: what is run to cause it, and some of its details."""


@pytest.mark.parametrize("name", CAUSES)
def test_what_causes_an_event(application: Application, name: str) -> None:
    """Running the flow emits the event, with these and all other details it should have."""
    run, expected = CAUSES[name]
    application.run(*run)
    found = application.traced(name)
    assert any(all(details[key] == value for key, value in expected.items()) for details in found)
    assert all(set(details) == set(DETAILS[name].split()) for details in found)


def test_every_other_event_is_known_not_to_be_emitted() -> None:
    """The documentation names exactly the events that nothing here causes."""
    assert {*CAUSES, "DISPATCHER_FAILURE"} | set(NOT_EMITTED) == set(DETAILS)
    assert {*CAUSES, "DISPATCHER_FAILURE"} & set(NOT_EMITTED) == set()


def test_a_step_that_nothing_provides_for(application: Application) -> None:
    """An error in a step that is nobody's code is told to the sinks before it ends the run."""
    with pytest.raises(ConfigurationError):
        application.run("nowhere", ONE)
    (failure,) = application.traced("DISPATCHER_FAILURE")
    assert set(failure) == set(DETAILS["DISPATCHER_FAILURE"].split())
    assert "environment variable NOWHERE is not set" in failure["what"]
    assert (failure["flow_name"], failure["node_args"]) == ("nowhere", ONE)


def test_state_is_live_until_it_is_whole(application: Application) -> None:
    """Steps tell how many nodes are active; the end tells all nodes with their ids."""
    result = application.run("failing")
    (first,) = application.traced("DISPATCHER_RETRY")
    assert first["state"] == {
        "active_nodes": {"A": 1, "Bad": 1, "BadInMemory": 1},
        "failed_nodes": {},
    }
    (failure,) = application.traced("FLOW_FAILURE")
    assert failure["state"] == result.nodes
    assert set(failure["state"]["failed_nodes"]) == {"Bad", "BadInMemory"}


def test_state_of_an_attempt_that_is_followed_by_another(application: Application) -> None:
    """What finished and failed in the first attempt is told before it is gone."""
    application.run("retries")
    (failure,) = application.traced("FLOW_FAILURE")
    assert failure["will_retry"]
    (first, _) = application.traced("NODE_SUCCESSFUL", node_name="A")
    (failed,) = application.traced("NODE_FAILURE")
    assert failure["state"] == {
        "finished_nodes": {"A": [first["node_id"]]},
        "failed_nodes": {"OncePerFlow": [failed["node_id"]]},
        "active_nodes": [],
    }
    (retry,) = application.traced("FLOW_RETRY")
    assert retry["state"] == failure["state"]
    assert len(application.traced("FLOW_START")) == 2


def test_a_step_that_waits_for_a_storage(application: Application) -> None:
    """When a storage is away the flow is tried again later, which is told; the step is then decided once."""
    assert application.run("conditions", "flaky").state == "succeeded"
    (retry,) = application.traced("FLOW_RETRY")
    assert retry["countdown"] > 0
    assert (retry["retried_count"], retry["state"]["active_nodes"]) == (0, {"A": 1})
    assert len(application.traced("EDGE_COND_FALSE")) == 2
    assert len(application.traced("STORAGE_ISSUE")) == 1


def test_tracebacks_of_tasks(application: Application) -> None:
    """What went wrong in a task is told with its traceback by the task, by its flow and by the storage."""
    application.run("failing")
    (task,) = application.traced("TASK_FAILURE", task_name="Bad")
    (node,) = application.traced("NODE_FAILURE", node_name="Bad")
    (record,) = application.traced("STORAGE_STORE_ERROR")
    for text in (task["what"], node["what"], record["error_traceback"]):
        assert 'raise ValueError("broken")' in text
    assert (record["error_type"], record["error_value"]) == ("ValueError", "broken")


def test_a_retry_that_the_task_asks_for(application: Application) -> None:
    """It is told apart from one after a failure."""
    application.run("asking")
    (retry,) = application.traced("TASK_RETRY")
    assert (retry["user_retry"], retry["retry_countdown"]) == (True, 0)


def test_what_is_selected_is_shown(application: Application) -> None:
    """All events of a selective run tell what it is restricted to."""
    application.run("partial", ONE, "B")
    shown = [details["selective"] for _, details in application.events if "selective" in details]
    assert shown
    for selective in shown:
        assert selective["task_names"] == ["B"]
        assert set(selective["waiting_edges_subset"]) == {"partial"}


def test_a_selective_sub_flow_is_shown(application: Application) -> None:
    """The start of a sub-flow tells how the edge restricts it, and what comes of that."""
    application.run("parent", ONE)
    (whole,) = application.traced("SUBFLOW_SCHEDULE", child_flow_name="child")
    assert (whole["selective_edge_conf"], whole["child_selective"]) == (False, False)
    (part,) = application.traced("SUBFLOW_SCHEDULE", child_flow_name="partial")
    assert part["selective_edge_conf"] == {
        "task_names": ["B"],
        "follow_subflows": False,
        "run_subsequent": False,
    }
    assert part["child_selective"]["task_names"] == ["B"]
    assert part["selective"] is False


def test_order_of_a_step(application: Application) -> None:
    """What a step found out is told before what it starts, and how it left the run comes last."""
    application.run("conditions", ONE)
    names = [name for name, details in application.events if "dispatcher_id" in details]
    assert names == [
        "FLOW_SCHEDULE",
        *("DISPATCHER_WAKEUP", "FLOW_START", "TASK_SCHEDULE", "DISPATCHER_RETRY"),
        *("TASK_START", "TASK_END"),
        *("DISPATCHER_WAKEUP", "NODE_SUCCESSFUL", "EDGE_COND_FALSE"),
        *("TASK_SCHEDULE", "DISPATCHER_RETRY"),
        *("TASK_START", "TASK_DISCARD_RESULT", "TASK_END"),
        *("DISPATCHER_WAKEUP", "NODE_SUCCESSFUL", "FLOW_END"),
    ]
