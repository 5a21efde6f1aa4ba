"""`selinon-cli verify`: every file of a package, with one line for each that is not as it was built."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from selinon import cli
from selinon.abi import Reference, TaskSpec
from selinon_compiler import emit
from selinon_compiler.plan import FlowPlan, Plan

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory of a package that can be imported."""
    task = TaskSpec(name="T", task=Reference("m", "T"), output_schema="T.json")
    flows = tuple(FlowPlan(name=name, fingerprint="", edges=()) for name in ("daily", "weekly"))
    plan = Plan(tasks=(task,), flows=flows, schemas={"T.json": "{}"})
    made = emit.package(plan, {}, name="verified_flows", version="1.0.0", compiler_version="0")
    emit.write(made, None, tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / "verified_flows"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["verify", *arguments])
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


def test_a_package_as_it_was_built(package: Path, run: Run) -> None:
    """Found by directory and by name; what Python leaves is no concern."""
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_text("")
    count = len([file for file in package.rglob("*") if file.is_file()]) - 1
    expected = 0, f"all {count} files are as they were built\n", ""
    assert run(str(package)) == expected
    assert run("--package", "verified_flows") == expected


def test_every_problem_is_a_line(package: Path, run: Run) -> None:
    """Changed, missing and left over files, a link to nothing, and files of every kind, sorted by path."""
    (package / "plan.json").write_text("{}")
    (package / "sources.json").unlink()
    (package / "v1_0_0/flows/daily.py").write_text("FLOW = 1")
    (package / "v1_0_0/flows/weekly.py").unlink()
    (package / "v1_0_0/flows/mine.py").write_text("")
    (package / "v1_0_0/nodes/tasks_0.py").unlink()
    (package / "v1_0_0/nodes/tasks_0.py").symlink_to("nowhere")
    schema = next((package / "v1_0_0/schemas").iterdir())
    schema.write_text("{ }")
    assert run(str(package)) == (
        1,
        "changed: plan.json\n"
        "missing: sources.json\n"
        "changed: v1_0_0/flows/daily.py\n"
        "left over: v1_0_0/flows/mine.py\n"
        "missing: v1_0_0/flows/weekly.py\n"
        "not a file: v1_0_0/nodes/tasks_0.py\n"
        "changed: v1_0_0/schemas/T.json\n",
        "",
    )


def test_a_changed_index_is_one_problem(package: Path, run: Run) -> None:
    """What a part of the index that is gone or changed speaks of is not reported once more."""
    (package / "v1_0_0/index/flows_0.json").write_text("{}")
    (package / "v1_0_0/index/tasks_0.json").unlink()
    assert run(str(package))[:2] == (
        1,
        "changed: v1_0_0/index/flows_0.json\nmissing: v1_0_0/index/tasks_0.json\n",
    )


@pytest.mark.parametrize("key", ["format", "abi"])
def test_an_unknown_format_is_one_message(package: Path, run: Run, key: str) -> None:
    """A package of another format cannot be verified, and nothing of it is guessed."""
    manifest = json.loads((package / "manifest.json").read_text())
    manifest[key] = 99
    (package / "manifest.json").write_text(json.dumps(manifest))
    status, out, err = run(str(package))
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert f"has {key} 99, this version of selinon reads {key}" in err


def test_what_is_no_package(tmp_path: Path, run: Run) -> None:
    """A directory without a manifest, no directory, and no module of that name: one line each."""
    for arguments in ([str(tmp_path)], ["/nowhere/at/all"], ["--package", "no_such_flows"]):
        status, out, err = run(*arguments)
        assert (status, out) == (1, "")
        assert err.startswith("error: ")
        assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["", ".x", "json", "a..b"])
def test_names_of_no_package(run: Run, name: str) -> None:
    """A name that is none, or is one of a module, is an error and no traceback."""
    status, _, err = run("--package", name)
    assert status == 1
    assert err.startswith("error: ")


def test_nothing_of_a_package_is_run(package: Path, run: Run) -> None:
    """A package is verified before it is trusted."""
    (package / "__init__.py").write_text("raise SystemExit('it was run')")
    assert run("--package", "verified_flows")[:2] == (1, "changed: __init__.py\n")


@pytest.mark.parametrize("arguments", [[], [".", "--package", "x"]])
def test_wrong_usage(run: Run, arguments: list[str]) -> None:
    """Neither or both of the two ways to name a package end in status 2."""
    assert run(*arguments)[0] == 2
