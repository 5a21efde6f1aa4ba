"""From declarations to the plan: defaults, sums, orders, and conditions as trees and as text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import selinon
from selinon.abi import (
    CacheSpec,
    ForeachSpec,
    Reference,
    SettingsSpec,
    StorageSpec,
    StrategySpec,
    TaskSpec,
    TraceSpec,
)
from selinon_compiler.diagnostics import render_human
from selinon_compiler.driver import compile_files
from selinon_compiler.passes.condition_text import condition_text
from selinon_compiler.passes.modules import Modules
from selinon_compiler.plan import (
    AndPlan,
    CallPlan,
    ConditionPlan,
    FailurePlan,
    FlowPlan,
    NotPlan,
    Origin,
    Origins,
    OrPlan,
    Plan,
)

RUNTIME = str(Path(selinon.__file__).parents[1])
Lower = Callable[..., Plan]

NODES = """
tasks:
  - {name: B, import: m, classname: K, storage: S}
  - {name: A, import: m}
storages:
  - {name: S, import: m}
  - {name: R, import: m, classname: S}
flows: [f, g]
"""
"""Two tasks and two storages, not in the order of their names; `g` is there to be started by `f`."""

PREDICATES = """
from selinon.predicates import *
def both(message, node_args): ...
def several(node_args, **rest): ...
made = later()
"""


@pytest.fixture
def compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Plan, Origins]]:
    """Return a function that compiles a nodes file and a flow file, and returns plan and places."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "predicates.py").write_text(PREDICATES)

    def run(flows: str, nodes: str = NODES) -> tuple[Plan, Origins]:
        (tmp_path / "nodes.yaml").write_text(nodes, encoding="utf-8")
        (tmp_path / "flow.yaml").write_text(flows, encoding="utf-8")
        modules = Modules([str(tmp_path), RUNTIME])
        result = compile_files("nodes.yaml", ["flow.yaml"], modules)
        assert result.plan is not None, render_human(result.diagnostics)
        assert result.origins is not None
        return result.plan, result.origins

    return run


@pytest.fixture
def plan(compiled: Callable[..., tuple[Plan, Origins]]) -> Lower:
    """Return a function that compiles and returns the plan."""
    return lambda *texts: compiled(*texts)[0]


def flow(body: str) -> str:
    """Return a flow file in which `f` has this body, and `g` runs both tasks."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return (
        f"flow-definitions:\n  - name: f\n{lines}  - {{name: g, edges: [{{from: , to: [A, B]}}]}}\n"
    )


def task(plan: Lower, keys: str) -> TaskSpec:
    """Return the plan of a task with these keys."""
    nodes = (
        f"tasks: [{{name: A, import: m, {keys}}}]\nflows: [f]\nstorages: [{{name: S, import: m}}]\n"
    )
    return plan("flow-definitions: [{name: f, edges: [{from: , to: A}]}]", nodes).tasks[0]


def settings(plan: Lower, text: str) -> SettingsSpec:
    """Return the plan of the settings."""
    nodes = (
        f"tasks: [{{name: A, import: m}}]\nflows: [f]\nstorages: [{{name: S, import: m}}]\n{text}\n"
    )
    return plan("flow-definitions: [{name: f, edges: [{from: , to: A}]}]", nodes).settings


def first_flow(plan: Lower, body: str) -> FlowPlan:
    """Return the plan of the flow `f`."""
    found: FlowPlan = plan(flow(body)).flows[0]
    assert found.name == "f"
    return found


def condition(plan: Lower, text: str, sources: str = "B") -> ConditionPlan | None:
    """Return the plan of the condition of an edge, with predicates of a module of its own."""
    body = f"edges: [{{from: , to: [A, B, g]}}, {{from: {sources}, to: A, condition: {text}}}]"
    nodes = NODES + "global: {predicates_module: predicates}\n"
    found: ConditionPlan | None = plan(flow(body), nodes).flows[0].edges[1].condition
    return found


# --- order and defaults


def test_everything_is_sorted_by_name(plan: Lower) -> None:
    """Tasks, storages and flows come in the order of their names, whatever order they are written in."""
    made = plan(flow("edges: [{from: , to: g}]"))
    assert [one.name for one in made.tasks] == ["A", "B"]
    assert [one.name for one in made.storages] == ["R", "S"]
    assert [one.name for one in made.flows] == ["f", "g"]


def test_the_order_of_writing_does_not_show(plan: Lower) -> None:
    """The same things in another order are the same plan."""
    lines = NODES.strip().splitlines()
    other = "\n".join(
        [lines[0], lines[2], lines[1], lines[3], lines[5], lines[4], "flows: [g, f]", ""]
    )
    body = flow("edges: [{from: , to: g}]")
    assert plan(body) == plan(body, other)


def test_defaults_of_a_task(plan: Lower) -> None:
    """A task with nothing but a name and a module is of the class of its name, and all else is the default."""
    assert task(plan, "queue: ''") == TaskSpec(name="A", task=Reference("m", "A"))


def test_a_task_with_everything(plan: Lower) -> None:
    """Every key of a task gets to where the runtime reads it."""
    keys = (
        "classname: K, max_retry: 3, retry_countdown: 4, storage: S, storage_read_only: true, "
        "storage_task_name: t, queue: 'q_{X}', selective_run_function: {function: s, import: n}, "
        "throttling: {hours: 1}, cache: {}"
    )
    assert task(plan, keys) == TaskSpec(
        name="A",
        task=Reference("m", "K"),
        queue="q_{X}",
        max_retry=3,
        retry_countdown=4,
        storage="S",
        storage_readonly=True,
        storage_task_name="t",
        selective_run_function=Reference("n", "s"),
        throttling=3600.0,
        cache=CacheSpec(
            cache=Reference("selinon.caches", "LRU"), configuration={"max_cache_size": 0}
        ),
    )


def test_defaults_of_storages_and_settings(plan: Lower) -> None:
    """A storage without a configuration gets no arguments; without settings, the defaults hold."""
    made = plan(flow("edges: [{from: , to: g}]"))
    assert made.storages[1] == StorageSpec(name="S", adapter=Reference("m", "S"), configuration={})
    assert made.settings == SettingsSpec()


def test_defaults_of_a_flow(plan: Lower) -> None:
    """A flow with nothing but edges has the defaults of the contract; it knows which of its nodes are flows."""
    made = first_flow(plan, "edges: [{from: , to: [A, g]}]")
    assert made == FlowPlan(
        name="f", fingerprint=made.fingerprint, edges=made.edges, subflows=("g",)
    )
    (edge,) = made.edges
    assert (edge.sources, edge.destinations) == ((), ("A", "g"))
    assert (edge.condition, edge.condition_text, edge.foreach) == (None, "True", None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("true", True), ("false", False), ("[]", False), ("g", ("g",)), ("[g, g]", ("g",))],
)
def test_chosen_flows(plan: Lower, written: str, expected: object) -> None:
    """Names come sorted and once; none at all is the same as `false`."""
    made = first_flow(
        plan, f"propagate_node_args: {written}\nedges: [{{from: , to: [A, g]}}, {{from: g, to: A}}]"
    )
    assert made.propagate_node_args == expected


def test_a_flow_with_everything(plan: Lower) -> None:
    """The other keys of a flow get to where the runtime reads them."""
    made = first_flow(
        plan,
        """
        queue: q
        max_retry: 2
        retry_countdown: 3
        nowait: [B, A]
        eager_failures: g
        propagate_parent: true
        throttling: {seconds: 1}
        sampling: {name: constant, args: {retry: 4}}
        cache: {name: FIFO, configuration: {max_cache_size: 5}}
        edges: [{from: , to: [A, B, g], foreach: {import: m, function: items}}]
        """.replace("\n        ", "\n"),
    )
    assert (made.queue, made.max_retry, made.retry_countdown) == ("q", 2, 3)
    assert (made.nowait, made.eager_failures, made.propagate_parent) == (("A", "B"), ("g",), True)
    assert made.throttling == 1.0
    assert made.sampling == StrategySpec(
        function=Reference("selinon.strategies", "constant"), arguments={"retry": 4}
    )
    assert made.cache == CacheSpec(
        cache=Reference("selinon.caches", "FIFO"), configuration={"max_cache_size": 5}
    )
    assert made.edges[0].foreach == ForeachSpec(function=Reference("m", "items"))


# --- sums


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{seconds: 5}", 5.0),
        ("{days: 1, hours: 2, minutes: 3, seconds: 4}", 93784.0),
        ("{weeks: 1}", 604800.0),
        ("{milliseconds: 1500, microseconds: 500000}", 2.0),
        ("{minutes: 0.5}", 30.0),
        ("{microseconds: 1}", 1e-06),
        ("{}", None),
        ("{seconds: 0, days: 0}", None),
        ("null", None),
    ],
)
def test_throttling_is_a_sum(plan: Lower, written: str, expected: float | None) -> None:
    """The parts of an interval add up to seconds; an interval of nothing is none."""
    assert task(plan, f"throttling: {written}").throttling == expected


# --- trace


@pytest.mark.parametrize(
    ("written", "kinds"),
    [
        ("true", ["logging"]),
        ("false", []),
        ("[]", []),
        ("[{logging: true}, {logging: true}]", ["logging"]),
        ("[{json: true}, {logging: true}]", ["logging", "json"]),
        ("[{json: true}, {json: false}]", []),
        ("[{json: false}, {json: true}, {logging: true}]", ["logging", "json"]),
        ("[{json: true}, {logging: false}]", ["json"]),
        (
            "[{json: true}, {sentry: {dsn: d}}, {function: {import: m, name: n}}, {storage: {name: S}}, "
            "{logging: true}]",
            ["logging", "storage", "function", "sentry", "json"],
        ),
        ("{import: m, function: n}", ["function"]),
    ],
)
def test_the_order_of_the_trace(plan: Lower, written: str, kinds: list[str]) -> None:
    """Sinks come by kind, logging and JSON once, and of several words about JSON the last one holds."""
    assert [sink.kind for sink in settings(plan, f"global: {{trace: {written}}}").trace] == kinds


def test_several_sinks_of_a_kind(plan: Lower) -> None:
    """Functions and storages may be several, and stay in their order."""
    text = (
        "global: {trace: [{function: {import: m, name: b}, storage: {name: S, method: x}}, "
        "{function: {import: m, name: a}}, {storage: {name: S}}]}"
    )
    assert settings(plan, text).trace == (
        TraceSpec(kind="storage", storage="S", method="x"),
        TraceSpec(kind="storage", storage="S", method="trace"),
        TraceSpec(kind="function", function=Reference("m", "b")),
        TraceSpec(kind="function", function=Reference("m", "a")),
    )


@pytest.mark.parametrize("written", ["null", "''", "celery"])
def test_empty_queues(plan: Lower, written: str) -> None:
    """An empty queue is the default one."""
    text = f"global: {{default_task_queue: {written}, default_dispatcher_queue: {written}}}"
    assert settings(plan, text) == SettingsSpec()


# --- edges and failures


def test_sources_once_destinations_as_written(plan: Lower) -> None:
    """Destinations stay as they are written, repeated ones included; edges stay in their order."""
    made = first_flow(plan, "edges: [{from: , to: [B, A, B]}, {from: [B, A], to: A}]")
    assert [edge.sources for edge in made.edges] == [(), ("B", "A")]
    assert [edge.destinations for edge in made.edges] == [("B", "A", "B"), ("A",)]


def test_failures(plan: Lower) -> None:
    """The nodes of a failure come sorted and once, fallbacks as written; no fallback forgives."""
    body = """
edges: [{from: , to: [A, B]}]
failures:
  - {nodes: [B, A], fallback: [g, A, g], propagate_failure: true, condition: {name: argsIsNone}}
  - {nodes: B, fallback: true}
"""
    first, second = first_flow(plan, body).failures
    assert (first.nodes, first.fallback) == (("A", "B"), ("g", "A", "g"))
    assert (first.condition_text, first.propagate_failure) == ("argsIsNone()", True)
    assert second == FailurePlan(key=second.key, nodes=("B",), fallback=())


def test_keys_tell_edges_apart(plan: Lower) -> None:
    """Equal edges have different keys, failures are told from edges, and a condition changes no key."""
    edges = "edges: [{from: , to: A}, {from: A, to: B}, {from: A, to: B}]"
    failures = "failures: [{nodes: A, fallback: B}]"
    made = first_flow(plan, f"{edges}\n{failures}")
    keys = [edge.key for edge in made.edges] + [rule.key for rule in made.failures]
    assert len(set(keys)) == 4
    changed = edges.replace("to: A}", "to: A, condition: {name: alwaysTrue}}")
    other = first_flow(plan, f"{changed}\n{failures}")
    assert [edge.key for edge in other.edges] == keys[:3]
    assert other.fingerprint == made.fingerprint


# --- conditions


def test_the_only_source_is_the_one_looked_at(plan: Lower) -> None:
    """A predicate that looks at a result looks at that of the only source, unless it names one."""
    expected = CallPlan(predicate="isNone", node="B", takes=("message",))
    assert condition(plan, "{name: isNone}") == expected
    assert condition(plan, "{name: isNone, node: B}", "[A, B]") == expected


def test_what_a_predicate_takes(plan: Lower) -> None:
    """A call says whether result and arguments are passed; a result that is not passed is not read."""
    assert condition(plan, "{name: argsIsNone}") == CallPlan(
        predicate="argsIsNone", takes=("node_args",)
    )
    assert condition(plan, "{name: argsIsNone, node: B}", "[A, B]") == CallPlan(
        predicate="argsIsNone", takes=("node_args",)
    )
    assert condition(plan, "{name: alwaysTrue}") == CallPlan(predicate="alwaysTrue", takes=())
    assert condition(plan, "{name: both}") == CallPlan(
        predicate="both", node="B", takes=("message", "node_args")
    )
    assert condition(plan, "{name: several, args: {x: 1}}") == CallPlan(
        predicate="several", arguments={"x": 1}, takes=("node_args",)
    )


def test_an_unknown_signature(plan: Lower) -> None:
    """A predicate of which only running its module tells the signature keeps the node it may look at."""
    assert condition(plan, "{name: made, args: {x: 1}}") == CallPlan(
        predicate="made", node="B", arguments={"x": 1}, takes=None
    )


def test_a_condition_keeps_its_shape(plan: Lower) -> None:
    """Nothing of a condition is simplified: what is written is what is run."""
    call = CallPlan(predicate="alwaysTrue", takes=())
    written = (
        "{or: [{and: [{not: {not: {name: alwaysTrue}}}]}, {name: alwaysTrue}, {name: alwaysTrue}]}"
    )
    expected = OrPlan(
        operands=(AndPlan(operands=(NotPlan(operand=NotPlan(operand=call)),)), call, call)
    )
    assert condition(plan, written) == expected


LOOKS = CallPlan(
    predicate="p", node="A", arguments={"key": "x", "n": [1, None]}, takes=("message",)
)
ASKS = CallPlan(predicate="q", takes=("node_args",))


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (None, "True"),
        (ASKS, "q()"),
        (LOOKS, "p(db.get('A'), key='x', n=[1, None])"),
        (CallPlan(predicate="r", node="A", takes=None), "r(db.get('A'))"),
        (CallPlan(predicate="r", node=None, takes=None, arguments={"a": True}), "r(a=True)"),
        (NotPlan(operand=ASKS), "(not q())"),
        (NotPlan(operand=NotPlan(operand=ASKS)), "(not (not q()))"),
        (AndPlan(operands=(ASKS,)), "q()"),
        (AndPlan(operands=(ASKS, ASKS)), "(q() and q())"),
        (
            OrPlan(operands=(AndPlan(operands=(ASKS, NotPlan(operand=ASKS))), ASKS, ASKS)),
            "((q() and (not q())) or q() or q())",
        ),
    ],
)
def test_condition_text(tree: ConditionPlan | None, expected: str) -> None:
    """A condition as text reads like Python: calls, operators in parentheses, `True` for none."""
    assert condition_text(tree) == expected


# --- schemas and places


def test_schemas(plan: Lower, tmp_path: Path) -> None:
    """A schema is read and put into the plan in one form; its file is named after the task and the content."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "a.json").write_text('{"type":"object",  "maxProperties": 1}')
    nodes = (
        "tasks: [{name: A, import: m, output_schema: schemas/a.json}, "
        "{name: a, import: m, output_schema: schemas/a.json}]\nflows: [f]\n"
    )
    made = plan("flow-definitions: [{name: f, edges: [{from: , to: [A, a]}]}]", nodes)
    text = json.dumps({"maxProperties": 1, "type": "object"}, indent=2) + "\n"
    digests = {name: hashlib.sha256(f"{name}\0{text}".encode()).hexdigest()[:8] for name in "Aa"}
    files = [f"{name}-{digest}.json" for name, digest in digests.items()]
    assert [one.output_schema for one in made.tasks] == files
    assert made.schemas == dict.fromkeys(files, text)
    assert len({file.lower() for file in files}) == 2


def test_places(compiled: Callable[..., tuple[Plan, Origins]]) -> None:
    """Everything can be traced to its file and line; nothing of this is part of the plan."""
    body = "edges:\n  - {from: , to: A}\n  - {from: A, to: B}\nfailures:\n  - {nodes: A, fallback: true}"
    made, places = compiled(flow(body))
    first = made.flows[0]
    assert places["task", "A"] == Origin("nodes.yaml", 4)
    assert places["storage", "S"] == Origin("nodes.yaml", 6)
    assert places["flow", "f"] == Origin("flow.yaml", 2)
    assert places["edge", "f", first.edges[1].key] == Origin("flow.yaml", 5)
    assert places["failure", "f", first.failures[0].key] == Origin("flow.yaml", 7)
    moved, other = compiled(flow("# a comment\n" + body))
    assert moved == made
    assert other != places
