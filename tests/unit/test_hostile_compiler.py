"""What a stranger does to the compiler: odd modules, odd schemas, odd surroundings, and very much of everything."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from selinon_compiler import emit
from selinon_compiler.driver import Compilation, compile_files
from selinon_compiler.model import Definition, Kind, Problem, Reason
from selinon_compiler.passes.modules import Modules

HEAD = "tasks: [{name: A, import: own}, {name: B, import: own}]\nflows: [daily]\n"

Check = Callable[..., Compilation]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return a function that compiles a text, beside which a module with two classes lies."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("class A: ...\nclass B: ...\n")

    def run(text: str, *flows: str) -> Compilation:
        (tmp_path / "all.yaml").write_text(text)
        return compile_files("all.yaml", flows or ["all.yaml"], Modules([str(tmp_path)]))

    return run


def found(result: Compilation) -> list[tuple[str, int]]:
    """Return the codes and the lines of what was reported, in order."""
    return [
        (one.rule.code, one.span.line if one.span else 1)
        for one in sorted(result.diagnostics, key=lambda one: one.order)
    ]


def flow(edges: str, more: str = "") -> str:
    """Return a configuration of one flow, whose edges start in its fourth line."""
    return f"{HEAD}flow-definitions: [{{name: daily, {more}edges: [\n{edges}\n]}}]\n"


# --- modules


@pytest.mark.parametrize(
    "text",
    [
        "for made in []: pass\n",
        "with open('x') as made: pass\n",
        "print(made := 1)\n",
        "match 1:\n  case made: pass\n",
        "match 1:\n  case 1:\n    made = len('')\n",
        "def make(name): globals()[name] = 1\nmake('made')\n",
        "exec('made = 1')\n",
        "import sys\nsetattr(sys.modules[__name__], 'made', 1)\n",
        "from a_module_that_is_not_here import *\n",
    ],
)
def test_a_name_that_may_well_be_there_is_not_missing(tmp_path: Path, text: str) -> None:
    """Names are bound in many ways; what a module's text cannot tell is unknown, and not taken for an error."""
    (tmp_path / "odd.py").write_text(text)
    assert Modules([str(tmp_path)]).find("odd", "made") == Definition(Kind.UNKNOWN)


def test_a_name_of_an_inner_scope_or_a_mere_annotation_is_missing(tmp_path: Path) -> None:
    """Only what a module itself binds is one of its names."""
    (tmp_path / "odd.py").write_text("made: int\ndef f():\n  made = 1\nclass C:\n  made = 1\n")
    lookup = Modules([str(tmp_path)]).find("odd", "made")
    assert isinstance(lookup, Problem)
    assert lookup.reason is Reason.NO_NAME


def test_a_long_chain_of_branches_is_read(tmp_path: Path) -> None:
    """A chain of `elif` is as deeply nested as it is long; it is read without recursion."""
    branches = "".join(f"elif x == {number}: y = 1\n" for number in range(900))
    (tmp_path / "odd.py").write_text(f"x = 0\nif x: y = 0\n{branches}def last(message): ...\n")
    lookup = Modules([str(tmp_path)]).find("odd", "last")
    assert isinstance(lookup, Definition)
    assert lookup.kind is Kind.FUNCTION


@pytest.mark.parametrize("name", ["__init__", "__class__", "annotations"])
def test_what_every_module_has_is_no_predicate(check: Check, name: str) -> None:
    """Only what the built-in modules offer can be named, not what happens to be an attribute of theirs."""
    result = check(flow(f"{{from: , to: [A, B], condition: {{name: {name}}}}}"))
    assert found(result) == [("SEL401", 4)]


# --- one mistake, one diagnostic


@pytest.mark.parametrize(
    ("edges", "more", "expected"),
    [
        ("{from: , to: a}, {from: A, to: B}", "", "SEL201"),
        (
            "{from: , to: A},{from: [a], to: B, condition: {name: isNone, node: A}}",
            "",
            "SEL201",
        ),
        (
            "{from: , to: A},{from: [5], to: B, condition: {name: isNone, node: A}}",
            "",
            "SEL101",
        ),
        (
            "{from: , to: [A, B]}",
            "failures: {nodes: A, fallback: [5], propagate_failure: true}, ",
            "SEL101",
        ),
        ("{from: , to: [A, B]}", "failures: {nodes: [A, 5], fallback: A}, ", "SEL101"),
    ],
)
def test_a_wrong_name_has_no_echo(check: Check, edges: str, more: str, expected: str) -> None:
    """What seems to be missing only because a name could not be read, or is misspelt, is not reported as well."""
    assert [code for code, _ in found(check(flow(edges, more)))] == [expected]


def test_one_file_under_two_names_is_reported_once(check: Check) -> None:
    """A file that is given as nodes file and, spelt differently, as flow file has each mistake once."""
    result = check(flow("{from: , to: 5}"), "./all.yaml")
    assert found(result) == [("SEL101", 4)]
    assert {one.path for one in result.diagnostics} == {"all.yaml"}


def test_an_empty_directory_is_the_only_mistake(check: Check, tmp_path: Path) -> None:
    """Flows that are not defined because no file was found are not reported one by one."""
    (tmp_path / "nothing").mkdir()
    assert found(check(flow("{from: , to: A}"), "nothing")) == [("SEL022", 1)]


# --- values


def test_an_interval_that_no_clock_can_measure(check: Check) -> None:
    """A number of any size is either refused at its place or lowered; none breaks the compiler."""
    throttling = "throttling: {weeks: 1000000000000000000000}, "
    assert found(check(flow("{from: , to: [A, B]}", throttling))) == [("SEL104", 3)]
    long = check(flow("{from: , to: A}", "throttling: {weeks: 1000000000}, "))
    assert long.plan is not None
    assert long.plan.flows[0].throttling == 604_800e9


def test_units_of_throttling_add_up(check: Check) -> None:
    """All units count, down to whole microseconds; less than half a microsecond is no throttling."""
    units = "{days: 1, hours: 1, minutes: 1.5, seconds: 1, milliseconds: 1, microseconds: 1}"
    result = check(flow("{from: , to: A}", f"throttling: {units}, "))
    assert result.plan is not None
    assert result.plan.flows[0].throttling == 90_091.001001
    none = check(flow("{from: , to: A}", "throttling: {microseconds: 0.3}, "))
    assert none.plan is not None
    assert none.plan.flows[0].throttling is None


@pytest.mark.parametrize(
    "schema", ['{"$schema": []}', '{"$schema": 5}', '{"not":' * 600 + "{}" + "}" * 600]
)
def test_a_schema_that_breaks_its_checker(check: Check, tmp_path: Path, schema: str) -> None:
    """A schema at which the library for schemas itself fails is reported like any other wrong one."""
    (tmp_path / "odd.json").write_text(schema)
    text = flow("{from: , to: [A, B]}").replace("own}", "own, output_schema: odd.json}", 1)
    assert found(check(text)) == [("SEL811", 1)]


# --- surroundings


def run(directory: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run the command `check` on the file of a fixture in a shell, `$check` being its start."""
    start = "import sys; from selinon_compiler.cli import main; main(sys.argv[1:])"
    command = f"'{sys.executable}' -c '{start}' check -n all.yaml -f all.yaml"
    return subprocess.run(
        ["sh", "-c", script.replace("$check", command)],
        cwd=directory,
        text=True,
        capture_output=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )


def test_closed_standard_error(check: Check, tmp_path: Path) -> None:
    """A process without standard error still ends by what it found."""
    check(flow("{from: , to: A}").replace("own", "nowhere"))
    ended = run(tmp_path, "$check 2>&-")
    assert (ended.returncode, ended.stdout[:9]) == (0, "no errors")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_a_full_disk_is_no_error_of_the_compiler(check: Check, tmp_path: Path) -> None:
    """When the output cannot be written, that is said in one line, with exit status 1."""
    check(flow("{from: , to: [A, B]}"))
    ended = run(tmp_path, "$check >/dev/full")
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: [Errno 28]")
    assert "Traceback" not in ended.stderr


# --- very much of everything


def test_the_source_map_of_a_large_flow(check: Check) -> None:
    """The map is right, and made in time that grows with the flow and not with its square."""
    count = 3000
    edges = "".join(
        f"{{from: A, to: B, condition: {{name: argsFieldEqual, args: {{key: k, value: {n}}}}}}},\n"
        for n in range(count)
    )
    result = check(flow(f"{{from: , to: A}},\n{edges}"))
    assert result.plan is not None
    assert result.origins is not None
    started = time.process_time()
    package = emit.package(
        result.plan, result.origins, name="large", version="1.0.0", compiler_version="0"
    )
    assert time.process_time() - started < 5
    lines = package.files["v1_0_0/flows/daily.py"].decode().split("\n")
    ((_, rows),) = json.loads(package.files["sources.json"])["v1_0_0/flows/daily.py"].items()
    functions = {line: row for line, row in rows if lines[line - 1].startswith("def ")}
    assert len(functions) == count
    for line, row in functions.items():  # the flow's edge 0, without a condition, is in line 4
        assert lines[line - 1].startswith(f"def condition_{row - 4}(")


def test_many_unknown_storages(check: Check) -> None:
    """Similar names are looked for only for the first unknown ones: each has to be compared with all."""
    tasks = "".join(
        f"- {{name: T{n}, import: own, classname: A, storage: Q{n}}}\n" for n in range(1000)
    )
    storages = "".join(f"- {{name: S{n}, import: own, classname: A}}\n" for n in range(1000))
    flows = "flows: [daily]\nflow-definitions: [{name: daily, edges: [{from: , to: T1}]}]\n"
    started = time.process_time()
    result = check(f"tasks:\n{tasks}storages:\n{storages}{flows}")
    assert time.process_time() - started < 2
    assert result.diagnostics.errors == 1000
