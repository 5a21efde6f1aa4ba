"""Emitted code means what the plan says, whatever texts and values it holds, and black leaves it as
it is.
"""

from __future__ import annotations

import ast
import dataclasses
import math
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, timedelta, timezone
from typing import Any

import black
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selinon import abi
from selinon_compiler import emit
from selinon_compiler.emit.layout import WIDTH, Chain, Group, Layout, Negation, call
from selinon_compiler.emit.literals import docstring, literal, text_literal
from selinon_compiler.emit.printer import print_statement
from selinon_compiler.plan import (
    AndPlan,
    CallPlan,
    ConditionPlan,
    EdgePlan,
    FailurePlan,
    FlowPlan,
    NotPlan,
    OrPlan,
    Plan,
    codec,
    dumps,
    loads,
)

AWKWARD = (
    '| |\'|"|it\'s|say "x"|\'"\'"|"""|""""""|\\|\\\'|\\"|\\\\|\n|\r\n|\x00|\x0c|\x7f|{}|{{ x }}|'
    "{NAME}|{% if %}|{#|%s|# no|import|None|True|é|日本語|\u202e|\u2028|\U0001fae8|\ud800|\udfff x|con|"
    "__init__|__debug__|message|a-b|" + "y z" * 40
).split("|")
PREDICATES = (
    "selinon.predicates",
    "first",
    "second",
    "in",
    "not a name",
    "é",
    "a.b",
    "p_first",
    "0",
)

texts = st.sampled_from(AWKWARD) | st.text(st.characters(codec=None, categories=None), max_size=12)
plain_texts = st.text("abcxyz_ '\"", max_size=60)
zones = st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=-3, minutes=-30)))
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 10**40, 1e16, -2e22, 1e-7, 1.5e300, -0.0, math.nan, math.inf, -math.inf])
    | st.floats()
    | texts
    | plain_texts
    | st.binary(max_size=60)
    | st.dates()
    | st.datetimes(timezones=zones)
)
keys = scalars | st.tuples(scalars, scalars)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
        | st.dictionaries(texts, inner, max_size=4)
    ),
    max_leaves=12,
)
# Names that a call gives its own meaning; no pass lets an argument have one.
not_arguments = ("message", "node_args", "self")
arguments = st.dictionaries(
    texts.filter(lambda name: name not in not_arguments), values, max_size=3
)


@st.composite
def calls(draw: st.DrawFn) -> CallPlan:
    """Return calls of every kind, also ones whose predicate's signature is unknown."""
    node = draw(st.none() | texts)
    offered = ("message", "node_args") if node is not None else ("node_args",)
    takes = draw(st.none() | st.lists(st.sampled_from(offered), unique=True).map(tuple))
    return CallPlan(
        predicate=draw(st.sampled_from(PREDICATES)),
        node=node,
        arguments=draw(arguments),
        takes=takes,
    )


conditions: st.SearchStrategy[ConditionPlan] = st.recursive(
    calls(),
    lambda inner: (
        inner.map(lambda operand: NotPlan(operand=operand))
        | st.lists(inner, min_size=1, max_size=4).map(
            lambda operands: AndPlan(operands=tuple(operands))
        )
        | st.lists(inner, min_size=1, max_size=4).map(
            lambda operands: OrPlan(operands=tuple(operands))
        )
    ),
    max_leaves=6,
)
name_tuples = st.lists(texts, max_size=3).map(tuple)
flags = st.booleans() | name_tuples
references = st.builds(abi.Reference, texts, texts)
mappings = st.dictionaries(texts, values, max_size=3)
caches = st.none() | st.builds(abi.CacheSpec, cache=references, configuration=mappings)
# What may refer to environment variables; every brace stands for itself here.
queues = st.none() | texts.map(lambda text: text.replace("{", "{{").replace("}", "}}"))
seconds = st.none() | st.floats(min_value=0, allow_infinity=False)


def unique_keys(rules: list[Any]) -> tuple[Any, ...]:
    """Number rules, since keys of edges are unique within a flow."""
    return tuple(dataclasses.replace(rule, key=f"k{index}") for index, rule in enumerate(rules))


edges = st.lists(
    st.builds(
        EdgePlan,
        key=st.just(""),
        sources=name_tuples,
        destinations=name_tuples,
        condition=st.none() | conditions,
        condition_text=texts,
        foreach=st.none()
        | st.builds(abi.ForeachSpec, function=references, propagate_result=st.booleans()),
        selective=st.none() | st.builds(abi.SelectiveSpec, tasks=name_tuples, run_subsequent=flags),
    ),
    max_size=3,
).map(unique_keys)
failures = st.lists(
    st.builds(
        FailurePlan,
        key=st.just(""),
        nodes=name_tuples,
        fallback=name_tuples,
        condition=st.none() | conditions,
        condition_text=texts,
        propagate_failure=st.booleans(),
    ),
    max_size=2,
).map(unique_keys)
flows = st.builds(
    FlowPlan,
    name=texts,
    fingerprint=st.text("0123456789abcdef", min_size=64, max_size=64),
    edges=edges,
    failures=failures,
    subflows=name_tuples,
    propagate_parent=flags,
    eager_failures=flags,
    queue=queues,
    max_retry=st.integers(0, 9),
    throttling=seconds,
    sampling=st.none() | st.builds(abi.StrategySpec, function=references, arguments=mappings),
    cache=caches,
)
tasks = st.builds(
    abi.TaskSpec,
    name=texts,
    task=references,
    queue=queues,
    max_retry=st.integers(0, 9),
    storage_readonly=st.booleans(),
    output_schema=queues,
    throttling=seconds,
    cache=caches,
)
storages = st.builds(
    abi.StorageSpec, name=texts, adapter=references, configuration=values, cache=caches
)
traces = st.builds(abi.TraceSpec, kind=texts, function=st.none() | references, dsn=queues)
plans = st.builds(
    Plan,
    tasks=st.lists(tasks, max_size=3, unique_by=lambda task: task.name).map(tuple),
    storages=st.lists(storages, max_size=3, unique_by=lambda storage: storage.name).map(tuple),
    flows=st.lists(flows, max_size=3, unique_by=lambda flow: flow.name).map(tuple),
    settings=st.builds(
        abi.SettingsSpec,
        predicates_module=texts,
        migration_dir=queues,
        trace=st.lists(traces, max_size=2).map(tuple),
    ),
)


def build(plan: Plan) -> emit.EmittedPackage:
    """Return the package of a plan, under a fixed name."""
    return emit.package(plan, {}, name="example", version="1.0.0", compiler_version="0.1.0")


def modules(package: emit.EmittedPackage) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each emitted module."""
    for path, content in package.files.items():
        if path.endswith(".py"):
            yield path, content.decode("ascii")


def run(text: str) -> dict[str, Any]:
    """Execute a module by itself and return its names."""
    namespace: dict[str, Any] = {"__path__": ["/nowhere"]}
    exec(compile(text, "emitted", "exec"), namespace)
    return namespace


def flat(layout: Layout) -> str:
    """Return an expression as one line, whatever its length."""
    match layout:
        case str():
            return layout
        case Group():
            items = ", ".join(prefix + flat(item) for prefix, item in layout.items)
            comma = "," if layout.opening == "(" and len(layout.items) == 1 else ""
            return f"{layout.opening}{items}{comma}{layout.closing}"
        case Negation():
            return f"not ({flat(layout.operand)})"
        case Chain():
            return f" {layout.operator} ".join(f"({flat(item)})" for item in layout.operands)


def same(left: object, right: object) -> bool:
    """Compare values exactly: types, signs of zero, NaN equal to itself, keys that are NaN too."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float) and isinstance(right, float):
        return repr(left) == repr(right)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return same(sorted(left.items(), key=order), sorted(right.items(), key=order))
    if dataclasses.is_dataclass(left):
        names = [field.name for field in dataclasses.fields(left) if field.name != "condition"]
        return all(same(getattr(left, name), getattr(right, name)) for name in names)
    return left == right


def order(item: tuple[object, object]) -> tuple[str, str]:
    """Return what entries of a mapping are sorted by; equal entries stand in equal places."""
    return type(item[0]).__name__, repr(item)


def same_fields(spec: Any, plan: Any) -> bool:
    """Compare a specification with the part of the plan it was made from; conditions and rules are
    left out.
    """
    skipped = ("condition", "edges", "failures")
    names = [field.name for field in dataclasses.fields(spec) if field.name not in skipped]
    return all(same(getattr(spec, name), getattr(plan, name)) for name in names)


@given(values)
def test_a_literal_evaluates_to_its_value(value: object) -> None:
    """Every value of a plan comes back from its literal with its type, flat and over many lines."""
    constructors = {name: getattr(abi, name) for name in ("real", "moment", "binary")}
    layout = literal(value)
    assert same(eval(flat(layout), dict(constructors)), value)
    namespace = dict(constructors)
    exec(print_statement("X = ", layout).text, namespace)
    assert same(namespace["X"], value)


@given(texts)
def test_text_is_ascii_on_one_line_and_comes_back(value: str) -> None:
    """Texts become literals of one ASCII line, so that no table of character widths plays a part in
    the layout.
    """
    code = text_literal(value)
    assert code.isascii()
    assert code.isprintable()
    assert ast.literal_eval(code) == value
    assert ast.literal_eval(docstring("Text ", value)) == f"Text {value}."


@given(st.integers(0, 30), texts)
def test_the_width_of_a_line_is_its_length(indent: int, value: str) -> None:
    """A statement stands on one line exactly when its ASCII text has at most 88 characters."""
    layout = call("f", (("", literal(value)),))
    line = "    " * indent + "x = " + flat(layout)
    assert (print_statement("x = ", layout, indent=indent).text == line) is (len(line) <= WIDTH)


def parts_of(condition: ConditionPlan) -> Iterator[CallPlan]:
    """Yield the calls of a condition."""
    match condition:
        case CallPlan():
            yield condition
        case NotPlan():
            yield from parts_of(condition.operand)
        case AndPlan() | OrPlan():
            for operand in condition.operands:
                yield from parts_of(operand)


class Results(Mapping[str, Any]):
    """Results of any node, with a record of those that were read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __getitem__(self, key: str) -> Any:
        self.read.append(key)
        return f"result of {key}"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def stub(name: str, log: list[Any], answers: Callable[[str, Any], bool]) -> Any:
    """Return a predicate that records its arguments; `bind` sees one with both of the special
    parameters.
    """

    def predicate(*, message: Any = None, node_args: Any = None, **rest: Any) -> bool:
        entry = [name, message, node_args, rest]
        log.append(entry)
        return answers(name, rest)

    return predicate


def interpret(
    condition: ConditionPlan, log: list[Any], read: list[str], answers: Callable[[str, Any], bool]
) -> bool:
    """Evaluate a condition as its plan says."""
    match condition:
        case NotPlan():
            return not interpret(condition.operand, log, read, answers)
        case AndPlan():
            return all(interpret(operand, log, read, answers) for operand in condition.operands)
        case OrPlan():
            return any(interpret(operand, log, read, answers) for operand in condition.operands)
        case CallPlan():
            takes = condition.takes if condition.takes is not None else ("message", "node_args")
            message = None
            if "message" in takes and condition.node is not None:
                read.append(condition.node)
                message = f"result of {condition.node}"
            entry = [
                condition.predicate,
                message,
                "ARGS" if "node_args" in takes else None,
                dict(condition.arguments),
            ]
            log.append(entry)
            return answers(condition.predicate, condition.arguments)


def answer(seed: int) -> Callable[[str, Any], bool]:
    """Return a fixed but arbitrary truth value for each call."""
    return lambda name, rest: bool(
        (len(name) * 7 + len(repr(sorted(map(repr, rest)))) * 3 + seed) // 2 % 2
    )


@settings(max_examples=60, deadline=None)
@given(conditions)
def test_few_records_are_written_as_many_are(condition: ConditionPlan) -> None:
    """The function that a class gets when there are many of its records writes what is written without it."""
    assert codec._writer(type(condition))(condition) == codec._record(condition)


@given(conditions, st.integers(0, 7))
def test_conditions_evaluate_as_the_plan_says(condition: ConditionPlan, seed: int) -> None:
    """An emitted condition calls the same predicates in the same order, with the same arguments and
    reads, no more.
    """
    edge = EdgePlan(key="k", sources=("A",), destinations=("B",), condition=condition)
    flow = FlowPlan(name="flow", fingerprint="0" * 64, edges=(edge,))
    plan = Plan(flows=(flow,), settings=abi.SettingsSpec(predicates_module="emitted_stubs"))
    log: list[Any] = []
    stubs = types.ModuleType("emitted_stubs")
    for item in parts_of(condition):
        setattr(stubs, item.predicate, stub(item.predicate, log, answer(seed)))
    sys.modules["emitted_stubs"] = stubs
    try:
        names = run(dict(modules(build(plan)))["v1_0_0/flows/flow.py"])
        results = Results()
        got = names["FLOW"].edges[0].condition(results, "ARGS")
    finally:
        del sys.modules["emitted_stubs"]
    expected_log: list[Any] = []
    expected_read: list[str] = []
    assert got is interpret(condition, expected_log, expected_read, answer(seed))
    assert results.read == expected_read
    assert same(log, expected_log)


@settings(max_examples=60, deadline=None)
@given(plans)
def test_modules_hold_what_the_plan_says(plan: Plan) -> None:
    """Executing the emitted modules gives specifications whose fields equal the plan's."""
    namespaces = {path: run(text) for path, text in modules(build(plan))}
    tables: dict[str, tuple[Any, ...]] = {"TASKS": plan.tasks, "STORAGES": plan.storages}
    for variable, expected in tables.items():
        found = {k: v for names in namespaces.values() for k, v in names.get(variable, {}).items()}
        assert sorted(found) == sorted(item.name for item in expected)
        assert all(same(found[item.name], item) for item in expected)
    assert same(namespaces["v1_0_0/settings.py"]["SETTINGS"], plan.settings)
    flows = {names["FLOW"].name: names["FLOW"] for names in namespaces.values() if "FLOW" in names}
    assert sorted(flows) == sorted(flow.name for flow in plan.flows)
    for flow in plan.flows:
        spec = flows[flow.name]
        assert same_fields(spec, flow)
        for got, rule in zip(spec.edges + spec.failures, flow.edges + flow.failures, strict=True):
            assert same_fields(got, rule)
            assert (got.condition is None) is (rule.condition is None)


NODES = (
    "Module Expr Constant ImportFrom alias Assign AnnAssign Name Load Store Call keyword Tuple List "
    "Dict Subscript FunctionDef arguments arg Return BoolOp And Or UnaryOp Not USub Attribute"
)
EXPECTED_NODES = tuple(getattr(ast, name) for name in NODES.split())
OWN = "Any Results bool dict str __path__ results node_args PACKAGE SETTINGS TASKS STORAGES FLOW"
OWN_NAMES = {*OWN.split(), *abi.__all__}
OWN_CONSTANTS = {"example", "1.0.0", 1, 0}
OWN_DOCSTRINGS = (
    "Task flows of Selinon: package example, version 1.0.0.",
    "Version 1.0.0.",
    "Tasks and storages.",
    "Flows.",
    "Tasks, by name.",
    "Storages, by name.",
    "What holds for all flows and tasks.",
)


def constants(value: Any) -> Iterator[object]:
    """Yield the constants that a part of a plan stands for."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from constants(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from constants(key)
            yield from constants(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from constants(item)
    elif isinstance(value, bytes):
        yield value.hex()
    elif isinstance(value, date):
        yield value.isoformat()
    elif isinstance(value, float) and not math.isfinite(value):
        yield str(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield abs(value)
    elif isinstance(value, str | bool) or value is None:
        yield value


@settings(max_examples=60, deadline=None)
@given(plans)
def test_texts_reach_code_only_as_constants(plan: Plan) -> None:
    """Emitted modules hold only expected kinds of nodes and names, and no constant but the plan's
    and our own.
    """
    allowed = set(map(repr, constants(plan))) | set(map(repr, OWN_CONSTANTS))
    docstrings = set(OWN_DOCSTRINGS) | {f"Flow {flow.name}." for flow in plan.flows}
    for flow in plan.flows:
        rules: list[tuple[str, int, Any]] = [("edge", *item) for item in enumerate(flow.edges)]
        rules += [("failure", *item) for item in enumerate(flow.failures)]
        docstrings |= {
            f"Condition of {kind} {i}: {rule.condition_text}." for kind, i, rule in rules
        }
    for _, text in modules(build(plan)):
        assert text.isascii()
        assert "#" not in strip_strings(text)
        tree = ast.parse(text)
        assert all(isinstance(node, EXPECTED_NODES) for node in ast.walk(tree))
        shown = dict(texts_as_statements(tree))
        assert set(shown.values()) <= docstrings
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert all(
            n in OWN_NAMES or n.startswith(("p_", "condition_", "failure_condition_"))
            for n in names
        )
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in shown:
                assert repr(node.value) in allowed


@settings(max_examples=40, deadline=None)
@given(plans)
def test_every_constant_of_the_plan_is_emitted(plan: Plan) -> None:
    """No text or number that differs from a default is lost on the way."""
    found: set[str] = set()
    for _, text in modules(build(plan)):
        found |= {
            repr(node.value) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)
        }
        found |= {
            repr(node.arg)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.keyword) and node.arg
        }
    expected: set[str] = set()
    for task in plan.tasks:
        expected |= set(map(repr, constants((task.name, task.task, task.cache))))
    for storage in plan.storages:
        expected |= set(
            map(repr, constants((storage.name, storage.adapter, storage.configuration)))
        )
    for flow in plan.flows:
        expected |= set(map(repr, constants((flow.name, flow.subflows, flow.fingerprint))))
        for edge in flow.edges:
            expected |= set(map(repr, constants((edge.sources, edge.destinations))))
            if edge.condition is not None:
                for item in parts_of(edge.condition):
                    expected |= set(map(repr, constants((item.predicate, item.arguments))))
    assert expected - found <= {"None", "False", "True"} | (set(map(repr, [{}])))


def texts_as_statements(tree: ast.Module) -> Iterator[tuple[int, object]]:
    """Yield the docstrings of a module by the identity of their node."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value), node.value.value


def strip_strings(text: str) -> str:
    """Return a module without its string literals."""
    tree = ast.parse(text)
    lines = text.split("\n")
    spots = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    for node in sorted(spots, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        assert node.end_lineno == node.lineno
        assert node.end_col_offset is not None
        line = lines[node.lineno - 1]
        lines[node.lineno - 1] = line[: node.col_offset] + line[node.end_col_offset :]
    return "\n".join(lines)


@settings(max_examples=15, deadline=None)
@given(plans)
def test_black_changes_nothing(plan: Plan) -> None:
    """Emitted modules are what black prints."""
    for path, text in modules(build(plan)):
        assert black.format_str(text, mode=black.Mode()) == text, path


@settings(max_examples=60, deadline=None)
@given(values, st.integers(0, 3))
def test_black_changes_no_literal(value: object, depth: int) -> None:
    """The same for single values, at some depth."""
    for _ in range(depth):
        value = {"key": [value]}
    text = print_statement("X = ", literal(value)).text + "\n"
    assert black.format_str(text, mode=black.Mode()) == text


def layouts() -> st.SearchStrategy[Layout]:
    """Return conditions as layouts, with names of many lengths, so that every way to break a line
    comes up.
    """
    names = st.integers(1, 40).map(lambda size: "p" * size)
    results = names.map(lambda name: Group("results[", (("", f'"{name}"'),), "]", comma=False))
    items = st.tuples(names.map(lambda name: f"{name}="), results | plain_texts.map(literal))
    single = st.builds(
        lambda name, pairs: call(name, tuple(pairs)),
        names,
        st.lists(items, max_size=3, unique_by=lambda pair: pair[0]),
    )
    return st.recursive(
        single,
        lambda inner: (
            inner.map(Negation)
            | st.builds(
                Chain,
                st.sampled_from(["and", "or"]),
                st.lists(inner, min_size=2, max_size=4).map(tuple),
            )
        ),
        max_leaves=8,
    )


@settings(max_examples=60, deadline=None)
@given(layouts())
def test_black_changes_no_condition(layout: Layout) -> None:
    """Conditions of every shape are laid out as black would, and mean the same flat and over many
    lines.
    """
    wrapped = Group("bool(", (("", layout),), ")", comma=False)
    text = "def f():\n" + print_statement("return ", wrapped, indent=1).text + "\n"
    assert black.format_str(text, mode=black.Mode()) == text
    assert ast.dump(ast.parse(text)) == ast.dump(
        ast.parse(f"def f():\n    return {flat(wrapped)}\n")
    )


@pytest.mark.parametrize("depth", [1, 30, 90])
def test_deep_nesting_is_compiled(depth: int) -> None:
    """Values and conditions nested ninety deep are emitted, executed and left alone by black."""
    value: Any = ["x"]
    condition: ConditionPlan = CallPlan(predicate="first", takes=())
    for level in range(depth):
        value = [value] if level % 2 else {"k": value}
        condition = NotPlan(
            operand=OrPlan(operands=(condition, CallPlan(predicate="second", takes=())))
        )
    edge = EdgePlan(key="k", sources=("A",), destinations=("B",), condition=condition)
    plan = Plan(
        flows=(FlowPlan(name="flow", fingerprint="0" * 64, edges=(edge,)),),
        storages=(abi.StorageSpec(name="S", adapter=abi.Reference("m", "S"), configuration=value),),
    )
    texts_by_path = dict(modules(build(plan)))
    assert run(texts_by_path["v1_0_0/nodes/storages_0.py"])["STORAGES"]["S"].configuration == value
    assert callable(run(texts_by_path["v1_0_0/flows/flow.py"])["FLOW"].edges[0].condition)
    for text in texts_by_path.values():
        assert black.format_str(text, mode=black.Mode()) == text


@settings(max_examples=30, deadline=None)
@given(plans)
def test_the_order_of_keys_does_not_matter(plan: Plan) -> None:
    """The order of keys, which the plan's JSON does not keep, changes no byte of the package."""
    plan = loads(dumps(plan))
    assert build(turned(plan)).files == build(plan).files


def turned(value: Any) -> Any:
    """Return a part of a plan with the other order of keys in each mapping that JSON sorts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return dataclasses.replace(value, **{name: turned(getattr(value, name)) for name in names})
    if isinstance(value, list | tuple):
        return type(value)(map(turned, value))
    if not isinstance(value, dict):
        return value
    items = [(key, turned(item)) for key, item in value.items()]
    plain = all(isinstance(key, str) and not key.startswith("$") for key, _ in items)
    return dict(reversed(items) if plain else items)
