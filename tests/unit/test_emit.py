"""What an emitted package consists of: files, names, modules, manifest and source map."""

from __future__ import annotations

import doctest
import hashlib
import json
import keyword
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from selinon import abi
from selinon.abi import Reference, SettingsSpec, StorageSpec, TaskSpec, TraceSpec
from selinon_compiler import emit
from selinon_compiler.emit import layout, literals, printer
from selinon_compiler.emit.names import flow_modules, shards, version_directory
from selinon_compiler.plan import (
    AndPlan,
    CallPlan,
    ConditionPlan,
    EdgePlan,
    FailurePlan,
    FlowPlan,
    NotPlan,
    Origin,
    Origins,
    OrPlan,
    Plan,
    dumps,
)

ROOT = Path(__file__).parents[2]
FIELD_EQUAL = CallPlan(
    predicate="fieldEqual",
    node="Task1",
    arguments={"key": "foo", "value": "bar"},
    takes=("message",),
)


def build(plan: Plan, origins: Origins | None = None, version: str = "1.0.0") -> dict[str, str]:
    """Return the texts of a package's files by their paths."""
    package = emit.package(
        plan, origins or {}, name="myflows", version=version, compiler_version="0.1.0"
    )
    return {path: content.decode() for path, content in package.files.items()}


def flow(name: str = "flow1", *edges: EdgePlan, failures: tuple[FailurePlan, ...] = ()) -> FlowPlan:
    """Return a flow."""
    return FlowPlan(name=name, fingerprint="f" * 64, edges=edges, failures=failures)


def edge(condition: ConditionPlan | None = None, text: str = "True", key: str = "k") -> EdgePlan:
    """Return an edge with a condition."""
    return EdgePlan(
        key=key,
        sources=("Task1",),
        destinations=("Task2",),
        condition=condition,
        condition_text=text,
    )


def body(condition: ConditionPlan) -> str:
    """Return what the function of a condition returns, all on one line."""
    text = build(Plan(flows=(flow("flow1", edge(condition)),)))["v1_0_0/flows/flow1.py"]
    found = re.search(r"    return (bool\(.*?\))\n\n\nFLOW", text, re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", found[1])


def sample() -> Plan:
    """Return a plan with something of everything."""
    return Plan(
        tasks=(
            TaskSpec(name="Task1", task=Reference("m", "Task1"), output_schema="Task1.json"),
            TaskSpec(name="Task2", task=Reference("m", "Task2"), max_retry=3),
        ),
        storages=(
            StorageSpec(
                name="S",
                adapter=Reference("m", "S"),
                configuration={
                    "real": float("nan"),
                    (1, "a"): b"x",
                    "cache": [{}, []],
                },
            ),
        ),
        flows=(
            flow(
                "flow1",
                edge(
                    AndPlan(operands=(FIELD_EQUAL, NotPlan(operand=FIELD_EQUAL))), "a and b", "k1"
                ),
                edge(None, key="k2"),
                failures=(
                    FailurePlan(
                        key="k1",
                        nodes=("Task1",),
                        fallback=("Task2",),
                        condition=CallPlan(predicate="é", arguments={"in": 1}),
                    ),
                ),
            ),
            flow("flow2", edge(CallPlan(predicate="é", arguments={"in": 1}, takes=()))),
        ),
        schemas={"Task1.json": '{"type": "object"}\n'},
    )


def test_a_package_has_these_files() -> None:
    """One module per flow, tables of nodes, settings, schemas, and the records beside them."""
    assert list(build(sample())) == [
        "__init__.py",
        "manifest.json",
        "parts.json",
        "plan.json",
        "py.typed",
        "sources.json",
        "v1_0_0/__init__.py",
        "v1_0_0/flows/__init__.py",
        "v1_0_0/flows/flow1.py",
        "v1_0_0/flows/flow2.py",
        "v1_0_0/index/flows_0.json",
        "v1_0_0/index/storages_0.json",
        "v1_0_0/index/tasks_0.json",
        "v1_0_0/nodes/__init__.py",
        "v1_0_0/nodes/storages_0.py",
        "v1_0_0/nodes/tasks_0.py",
        "v1_0_0/schemas/Task1.json",
        "v1_0_0/settings.py",
    ]


def test_values_equal_to_a_default_but_of_another_type_are_kept() -> None:
    """Only the default itself is left out: the plan's JSON has the same rule."""
    task = TaskSpec(name="T", task=Reference("m", "T"), max_retry=0, retry_countdown=False)
    text = build(Plan(tasks=(task,)))["v1_0_0/nodes/tasks_0.py"]
    assert "retry_countdown=False" in text
    assert "max_retry" not in text


def test_an_empty_plan_has_no_tables() -> None:
    """Without tasks, storages and flows the sub-packages are there, and empty."""
    files = build(Plan())
    assert not [path for path in files if "tasks_" in path or "storages_" in path]
    manifest = json.loads(files["manifest.json"])
    assert manifest["versions"]["1.0.0"]["index"] == {
        "flows": [None],
        "storages": [None],
        "tasks": [None],
    }
    assert files["sources.json"] == "{}\n"


def test_the_package_announces_itself() -> None:
    """Its own module holds its name, its version and the contract it was written for."""
    assert build(Plan())["__init__.py"] == (
        '"""Task flows of Selinon: package myflows, version 1.0.0."""\n'
        "\n"
        "from selinon.abi import Package\n"
        "\n"
        'PACKAGE = Package(name="myflows", version="1.0.0", abi=1, directory=__path__[0])\n'
    )


def test_a_flow_without_conditions_is_a_table() -> None:
    """Fields with default values are left out, and only names that are used are imported."""
    assert build(Plan(flows=(flow("flow1", edge()),)))["v1_0_0/flows/flow1.py"] == (
        '"""Flow flow1."""\n'
        "\n"
        "from selinon.abi import EdgeSpec, FlowSpec\n"
        "\n"
        "FLOW = FlowSpec(\n"
        '    name="flow1",\n'
        f'    fingerprint="{"f" * 64}",\n'
        "    edges=(\n"
        "        EdgeSpec(\n"
        '            key="k",\n'
        '            sources=("Task1",),\n'
        '            destinations=("Task2",),\n'
        "        ),\n"
        "    ),\n"
        ")\n"
    )


def test_a_condition_is_a_function() -> None:
    """A condition has its text as docstring, and its predicates as names of the module."""
    condition_edge = edge(FIELD_EQUAL, 'fieldEqual(key="foo")')
    text = build(Plan(flows=(flow("flow1", condition_edge),)))["v1_0_0/flows/flow1.py"]
    assert text.startswith(
        '"""Flow flow1."""\n'
        "\n"
        "from typing import Any\n"
        "\n"
        "from selinon.abi import EdgeSpec, FlowSpec, Predicate, Results\n"
        "\n"
        'p_fieldEqual = Predicate("selinon.predicates", "fieldEqual")\n'
        "\n"
        "\n"
        "def condition_0(results: Results, node_args: Any) -> bool:\n"
        '    """Condition of edge 0: fieldEqual(key="foo")."""\n'
        '    return bool(p_fieldEqual(message=results["Task1"], key="foo", value="bar"))\n'
        "\n"
        "\n"
        "FLOW = FlowSpec(\n"
    )
    assert "            condition=condition_0,\n" in text
    assert "            condition_text='fieldEqual(key=\"foo\")',\n" in text


@pytest.mark.parametrize(
    ("takes", "expected"),
    [
        ((), "bool(p_x(key=1))"),
        (("node_args",), "bool(p_x(node_args=node_args, key=1))"),
        (("message",), 'bool(p_x(message=results["A"], key=1))'),
        (
            ("node_args", "message"),
            'bool(p_x(message=results["A"], node_args=node_args, key=1))',
        ),
        (None, 'bool(p_x.bind(results, node_args, node="A", arguments={"key": 1}))'),
    ],
)
def test_a_predicate_gets_what_it_takes(takes: tuple[str, ...] | None, expected: str) -> None:
    """A result is read only for a predicate that takes a message; an unknown one is bound."""
    call = CallPlan(predicate="x", node="A", arguments={"key": 1}, takes=takes)
    assert body(call) == expected


def test_a_call_without_a_node_is_bound_without_one() -> None:
    """The runtime is told that there is no result to read."""
    bound = body(CallPlan(predicate="x"))
    assert bound == "bool(p_x.bind(results, node_args, node=None, arguments={}))"


def test_arguments_with_other_names_are_unpacked() -> None:
    """Keywords and names that are no ASCII identifiers are keys of a mapping."""
    arguments = {"ok": 1, "in": 2, "a b": 3, "é": 4, "__debug__": 5, "match": 6}
    call = CallPlan(predicate="x", arguments=arguments, takes=())
    assert body(call).replace("( ", "(").replace(", )", ")") == (
        'bool(p_x(match=6, ok=1, **{"__debug__": 5, "a b": 3, "in": 2, "\\xe9": 4}))'
    )


def test_parentheses_keep_the_meaning_of_a_condition() -> None:
    """Operands that are chains get parentheses; a chain of one operand is that operand."""
    a, b, c = (CallPlan(predicate=name, takes=()) for name in "abc")
    assert (
        body(OrPlan(operands=(AndPlan(operands=(a, b)), c))) == "bool((p_a() and p_b()) or p_c())"
    )
    assert body(NotPlan(operand=OrPlan(operands=(a, b)))) == "bool(not (p_a() or p_b()))"
    assert body(NotPlan(operand=NotPlan(operand=AndPlan(operands=(a,))))) == "bool(not not p_a())"


def test_predicates_that_are_no_identifiers_are_numbered() -> None:
    """No two predicates share a variable, whatever their names."""
    names = ("1", "p", "p_0", "a b", "in", "é", "p")
    calls = tuple(CallPlan(predicate=name, takes=()) for name in names)
    settings = SettingsSpec(predicates_module="my.predicates")
    plan = Plan(flows=(flow("flow1", edge(AndPlan(operands=calls))),), settings=settings)
    text = build(plan)["v1_0_0/flows/flow1.py"]
    assert re.findall(r"^(p_\w+) = Predicate\((.*)\)$", text, re.MULTILINE) == [
        ("p_0", '"my.predicates", "1"'),
        ("p_1", '"my.predicates", "a b"'),
        ("p_in", '"my.predicates", "in"'),
        ("p_p", '"my.predicates", "p"'),
        ("p_p_0", '"my.predicates", "p_0"'),
        ("p_2", '"my.predicates", "\\xe9"'),
    ]


@pytest.mark.parametrize(
    "call",
    [
        CallPlan(predicate="x", takes=("message",)),
        CallPlan(predicate="x", takes=("other",)),
        CallPlan(predicate="x", node="A", arguments={"message": 1}, takes=("message",)),
        CallPlan(predicate="x", arguments={"node_args": 1}, takes=("node_args",)),
    ],
)
def test_calls_that_cannot_be_made_are_refused(call: CallPlan) -> None:
    """A plan in which a predicate gets what is not there, or something twice, is an error."""
    with pytest.raises(ValueError, match="'x' cannot take"):
        build(Plan(flows=(flow("flow1", edge(call)),)))


def test_edges_and_failures_with_equal_keys_keep_their_conditions() -> None:
    """Edges and failures are told apart, also where their keys are equal."""
    text = build(sample())["v1_0_0/flows/flow1.py"]
    table = text[text.index("FLOW = ") :]
    assert re.findall(r"(\w+Spec)\(|condition=(\w+)", table) == [
        ("FlowSpec", ""),
        ("EdgeSpec", ""),
        ("", "condition_0"),
        ("EdgeSpec", ""),
        ("FailureSpec", ""),
        ("", "failure_condition_0"),
    ]


@pytest.mark.parametrize("value", [{1, 2}, object(), 1j, Reference("m", "n")])
def test_values_of_other_types_are_refused(value: object) -> None:
    """What neither the plan's JSON nor a literal can hold is an error, not a guess."""
    storage = StorageSpec(name="S", adapter=Reference("m", "S"), configuration={"key": [value]})
    with pytest.raises(TypeError):
        build(Plan(storages=(storage,)))


@pytest.mark.parametrize("file", ["../x.json", "a/b.json", "", ".hidden", "é.json", "a\\b"])
def test_schemas_stay_in_their_directory(file: str) -> None:
    """The name of a schema's file is no path."""
    task = TaskSpec(name="T", task=Reference("m", "T"), output_schema=file)
    with pytest.raises(ValueError, match="schema"):
        build(Plan(tasks=(task,), schemas={file: "{}"}))


def test_manifest_and_index_cover_every_other_file() -> None:
    """The manifest digests the index and what no index names, the index what it names: with it the chain is whole."""
    plan = sample()
    files = build(plan)
    manifest = json.loads(files["manifest.json"])
    assert files["plan.json"] == dumps(plan)
    digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in files.items()}
    frame = ["__init__.py", "plan.json", "py.typed", "v1_0_0/__init__.py"]
    frame += ["v1_0_0/flows/__init__.py", "v1_0_0/nodes/__init__.py", "v1_0_0/settings.py"]
    shards = [f"v1_0_0/index/{kind}_0.json" for kind in ("flows", "storages", "tasks")]
    assert manifest == {
        "format": 2,
        "abi": abi.ABI_VERSION,
        "compiler": "0.1.0",
        "name": "myflows",
        "version": "1.0.0",
        "files": {path: digests[path] for path in frame},
        "versions": {
            "1.0.0": {
                "directory": "v1_0_0",
                "settings": "v1_0_0/settings.py",
                "environment": [],
                "index": {
                    kind: [digests[f"v1_0_0/index/{kind}_0.json"]]
                    for kind in ("flows", "storages", "tasks")
                },
            }
        },
    }
    assert files["manifest.json"] == json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    named = {}
    for shard in shards:
        for entry in json.loads(files[shard]).values():
            named[entry["file"]] = entry["digest"]
            if "schema" in entry:
                named[entry["schema"]["file"]] = entry["schema"]["digest"]
    assert named == {path: digests[path] for path in named}
    uncovered = {"manifest.json", "parts.json", "sources.json"}
    assert files.keys() == {*frame, *shards, *named, *uncovered}


def test_the_index_holds_what_is_needed_without_running_a_module() -> None:
    """Queues and fingerprints are in the index, and the environment variables of all queues in the manifest."""
    tasks = (TaskSpec(name="T", task=Reference("m", "T"), queue="q_{TASKS}"),)
    daily = FlowPlan(name="daily", fingerprint="f" * 64, edges=(), queue="d_{FLOWS}_{{x}}")
    settings = SettingsSpec(default_task_queue="{ALL}", trace=(TraceSpec(kind="x", dsn="{DSN}"),))
    files = build(Plan(tasks=tasks, flows=(daily,), settings=settings))
    flows = json.loads(files["v1_0_0/index/flows_0.json"])
    assert flows["daily"]["queue"] == "d_{FLOWS}_{{x}}"
    assert flows["daily"]["fingerprint"] == "f" * 64
    assert json.loads(files["v1_0_0/index/tasks_0.json"])["T"]["queue"] == "q_{TASKS}"
    version = json.loads(files["manifest.json"])["versions"]["1.0.0"]
    assert version["environment"] == ["ALL", "DSN", "FLOWS", "TASKS"]


def test_the_source_map_names_lines_and_nothing_else_depends_on_it() -> None:
    """Every function, edge, failure, task and storage points to where it was written."""
    origins = {
        ("flow", "flow1"): Origin("flows/flow1.yaml", 1),
        ("edge", "flow1", "k1"): Origin("flows/flow1.yaml", 3),
        ("edge", "flow1", "k2"): Origin("flows/flow1.yaml", 8),
        ("failure", "flow1", "k1"): Origin("flows/flow1.yaml", 12),
        ("task", "Task2"): Origin("nodes.yaml", 5),
        ("storage", "S"): Origin("nodes.yaml", 9),
    }
    files, bare = build(sample(), origins), build(sample())
    assert {path for path in files if files[path] != bare[path]} == {"parts.json", "sources.json"}
    found: dict[str, dict[str, list[list[int]]]] = json.loads(files["sources.json"])
    assert list(found) == sorted(found)
    shown = {
        (files[path].split("\n")[line - 1].strip(), file, source)
        for path, sources in found.items()
        for file, rows in sources.items()
        for line, source in rows
    }
    assert shown == {
        ("FLOW = FlowSpec(", "flows/flow1.yaml", 1),
        ("def condition_0(results: Results, node_args: Any) -> bool:", "flows/flow1.yaml", 3),
        ("EdgeSpec(", "flows/flow1.yaml", 3),
        ("EdgeSpec(", "flows/flow1.yaml", 8),
        (
            "def failure_condition_0(results: Results, node_args: Any) -> bool:",
            "flows/flow1.yaml",
            12,
        ),
        ("FailureSpec(", "flows/flow1.yaml", 12),
        (
            '"Task2": TaskSpec(name="Task2", task=Reference("m", "Task2"), max_retry=3),',
            "nodes.yaml",
            5,
        ),
        ('"S": StorageSpec(', "nodes.yaml", 9),
    }
    ((_, rows),) = found["v1_0_0/flows/flow1.py"].items()
    assert rows == sorted(rows)
    assert len(rows) == 6
    lines = files["v1_0_0/flows/flow1.py"].split("\n")
    for line, source in rows:
        if lines[line - 1].strip() == "EdgeSpec(":
            assert lines[line].strip() == {3: 'key="k1",', 8: 'key="k2",'}[source]


def test_what_other_flows_say_does_not_reach_a_module() -> None:
    """Adding a flow leaves the modules of the others as they are."""
    one = build(Plan(flows=(flow("a", edge(FIELD_EQUAL)),)))
    two = build(Plan(flows=(flow("a", edge(FIELD_EQUAL)), flow("b"))))
    assert one["v1_0_0/flows/a.py"] == two["v1_0_0/flows/a.py"]


def test_safe_flow_names_are_file_names() -> None:
    """Identifiers are used as they are, independent of the other flows."""
    names = ["flow1", "_", "_private", "Other", "match", "a" * 64]
    assert flow_modules(names) == {name: name for name in names}


@pytest.mark.parametrize(
    "name",
    [
        "con",
        "NUL",
        "Com1",
        "lpt9",
        "__init__",
        "__main__",
        "__pycache__",
        "class",
        "None",
        "",
        "1a",
        "a b",
        "a/b",
        "../x",
        "é",
        "日本",
        "a\x00b",
        "\ud800",
        "a.b",
        "a" * 65,
        "x_" + "0" * 16,
        "x_" + "ABCDEF0123456789",
        "CON.txt",
        "a\n",
    ],
)
def test_other_flow_names_are_escaped(name: str) -> None:
    """What is not safe on every file system becomes an identifier that ends with a digest."""
    module = flow_modules([name, "neighbour"])[name]
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*_[0-9a-f]{16}", module)
    assert module == flow_modules([name])[name]
    assert len(module) < 64
    assert not keyword.iskeyword(module)


def test_escaped_names_never_meet() -> None:
    """Flows whose names differ in case only, or look like an escaped name, get files of their own."""
    escaped = flow_modules(["con", "Flow", "flow"])
    names = ["con", "Flow", "flow", "FLOW", "a b", "a_b", "a.b", *escaped.values()]
    modules = flow_modules(names)
    assert len({module.lower() for module in modules.values()}) == len(names)
    assert modules["a_b"] == "a_b"
    assert flow_modules(["Flow", "other"])["Flow"] == "Flow"


def test_version_directories_never_meet() -> None:
    """Plain versions read as they are; whatever else has the same letters and digits gets a digest."""
    assert version_directory("1.4.0") == "v1_4_0"
    assert version_directory("1.0.0rc1") == "v1_0_0rc1"
    versions = [
        "1.0",
        "1.0.0",
        "10",
        "1.0+1",
        "1.0.1",
        "1!0.1",
        "1.0+a.b",
        "1.0a1",
        "1.0+a1",
        "1.0.dev1",
        "1.0.post1",
        "1.0." + "1" * 16,
        "1.0+" + "1" * 16,
    ]
    directories = [version_directory(version) for version in versions]
    assert len(set(directories)) == len(versions)
    assert all(directory.isidentifier() for directory in directories)
    assert all(emit.check_version(version) is None for version in versions)


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1), (64, 1), (65, 2), (200, 4)])
def test_names_are_spread_over_shards(count: int, expected: int) -> None:
    """The number of shards is a power of two, and about 64 names fall in each."""
    names = [f"Task{index}" for index in range(count)]
    found = shards(names)
    assert len(found) == expected
    assert set(found) == set(range(expected))
    assert sorted(name for members in found.values() for name in members) == sorted(names)
    assert all(list(members) == sorted(members) for members in found.values())


def test_every_task_is_in_the_module_that_the_index_names() -> None:
    """Tables of many tasks are split, and each task can be found."""
    tasks = tuple(TaskSpec(name=f"T{n:03}", task=Reference("m", "T")) for n in range(150))
    files = build(Plan(tasks=tasks))
    listed = {
        name: entry["file"]
        for path, text in files.items()
        if path.startswith("v1_0_0/index/tasks_")
        for name, entry in json.loads(text).items()
    }
    assert len(listed) == 150
    assert len(set(listed.values())) == 4
    for name, path in listed.items():
        namespace: dict[str, Any] = {}
        exec(files[path], namespace)
        assert namespace["TASKS"][name].name == name


@pytest.mark.parametrize("name", ["myflows", "MyFlows2", "my_flows", "a", "x" * 64])
def test_good_package_names(name: str) -> None:
    """Identifiers that no module has can be names of packages."""
    assert emit.check_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1a",
        "a-b",
        "a.b",
        "a b",
        "é",
        "ﬁ",
        "_a",
        "a_",
        "class",
        "None",
        "selinon",
        "Selinon",
        "selinon_compiler",
        "selinon__compiler",
        "selinon_templates",
        "json",
        "JSON",
        "asyncio",
        "distutils",
        "test",
        "con",
        "x" * 65,
        "a\n",
        "\ud800",
        "../x",
    ],
)
def test_bad_package_names(name: str) -> None:
    """Every other name is refused with a text that can be printed."""
    problem = emit.check_name(name)
    assert problem is not None
    assert problem.isascii()
    with pytest.raises(ValueError, match=re.escape(problem)):
        emit.package(Plan(), {}, name=name, version="1.0.0", compiler_version="0")


@pytest.mark.parametrize(
    "version", ["1.0.0", "0", "2024.10", "1!1.0", "1.0a1.post2.dev3+ubuntu.1", "1.0rc1"]
)
def test_good_versions(version: str) -> None:
    """Canonical versions of PEP 440 are accepted."""
    assert emit.check_version(version) is None


@pytest.mark.parametrize(
    "version",
    [
        "",
        "v1",
        "1.0-beta",
        "01.0",
        "1.0.",
        "1.0+A",
        "1.0+a_b",
        "1.0\n",
        "\u0661.\u0660",
        "../1",
        "1 0",
        "1.0+01",
    ],
)
def test_bad_versions(version: str) -> None:
    """Others, also such as PEP 440 would normalise, are refused."""
    problem = emit.check_version(version)
    assert problem is not None
    assert problem.isascii()
    with pytest.raises(ValueError, match=re.escape(problem)):
        emit.package(Plan(), {}, name="myflows", version=version, compiler_version="0")


def test_an_emitted_package_is_typed(tmp_path: Path) -> None:
    """Mypy accepts an emitted package under its strictest settings."""
    package = emit.package(sample(), {}, name="myflows", version="1.0.0", compiler_version="0")
    emit.write(package, None, tmp_path)
    result = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file="),
            "--follow-imports=silent",
            *("--package", "myflows"),
        ],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT / "runtime")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "no issues found" in result.stdout


@pytest.mark.parametrize("module", [layout, literals, printer])
def test_the_examples_of_docstrings_run(module: ModuleType) -> None:
    """What the docstrings show is what comes out."""
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_fields_of_plans_and_specifications_agree() -> None:
    """What is left out as a default of the specification is a default of the plan too."""
    pairs = ((FlowPlan, abi.FlowSpec), (EdgePlan, abi.EdgeSpec), (FailurePlan, abi.FailureSpec))
    for plan, spec in pairs:
        ours = {name: field.default for name, field in plan.__dataclass_fields__.items()}
        theirs = {name: field.default for name, field in spec.__dataclass_fields__.items()}
        assert ours == theirs
