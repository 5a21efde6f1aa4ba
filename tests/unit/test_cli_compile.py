"""The command line of the compiler, as a CI job sees it: exit statuses, outputs, what is left on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selinon.version import VERSION
from selinon_compiler import cli

NODES = "tasks: [{name: Load, import: own}]\nflows: [daily]\n"
FLOW = "flow-definitions: [{name: daily, edges: [{from: , to: Load}]}]\n"
SOURCES = ["-n", "nodes.yaml", "-f", "flow.yaml"]


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a directory with a small configuration."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nodes.yaml").write_text(NODES)
    (tmp_path / "flow.yaml").write_text(FLOW)
    (tmp_path / "own.py").write_text("class Load: ...\n")
    return tmp_path


def run(*arguments: str) -> int:
    """Run the command; return the exit status."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    return int(ended.value.code or 0)


def test_a_clean_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is found: status 0, a line that says so, nothing on standard error."""
    assert run("check", *SOURCES) == 0
    assert capsys.readouterr() == ("no errors in 1 flow, 1 task, 0 storages\n", "")


def test_errors(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error ends in status 1, with its place on standard error."""
    (directory / "flow.yaml").write_text(FLOW.replace("to: Load", "to: Lode"))
    assert run("check", *SOURCES) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "error[SEL201]" in err
    assert "--> flow.yaml:1:" in err
    assert err.endswith("1 error\n")


def test_warnings_count_when_strict(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings are shown, and end in status 1 only with --strict."""
    (directory / "own.py").unlink()
    assert run("check", *SOURCES) == 0
    assert "warning[SEL210]" in capsys.readouterr().err
    assert run("check", "--strict", *SOURCES) == 1


def test_json(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --format json, standard output is one object, also when nothing is found."""
    assert run("check", "--format", "json", *SOURCES) == 0
    assert json.loads(capsys.readouterr().out) == {"diagnostics": []}
    (directory / "flow.yaml").write_text(FLOW.replace("to: Load", "to: Lode"))
    assert run("check", "--format", "json", *SOURCES) == 1
    (found,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert (found["code"], found["severity"]) == ("SEL201", "error")
    assert (found["file"], found["line"]) == ("flow.yaml", 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "-n", "nodes.yaml"],
        ["build", *SOURCES, "--name", "class", "-o", "out"],
        ["build", *SOURCES, "--name", "flows", "--version", "first", "-o", "out"],
        ["dump", *SOURCES, "--after", "nothing"],
        ["compile"],
    ],
)
def test_wrong_usage(arguments: list[str], directory: Path) -> None:
    """Wrong usage ends in status 2, and leaves nothing behind."""
    assert run(*arguments) == 2
    assert not (directory / "out").exists()


def test_build_and_check_it(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A build is up to date at once; after a change, --check names what would change and changes nothing."""
    arguments = ["build", *SOURCES, "--name", "flows", "-o", "out"]
    assert run(*arguments, "--check") == 1
    assert not (directory / "out").exists()
    assert run(*arguments) == 0
    assert run(*arguments, "--check") == 0
    assert (directory / "out" / "flows-1.0.0-py3-none-any.whl").is_file()
    (directory / "flow.yaml").write_text(FLOW.replace("to: Load", "to: [Load, Load]"))
    capsys.readouterr()
    assert run(*arguments, "--check") == 1
    assert "would change: flows/v1_0_0/flows/daily.py" in capsys.readouterr().err
    assert "'Load', 'Load'" not in (directory / "out/flows/v1_0_0/flows/daily.py").read_text()


def test_nothing_is_built_from_errors(directory: Path) -> None:
    """A configuration with errors leaves an earlier build as it was."""
    arguments = ["build", *SOURCES, "--name", "flows", "-o", "out"]
    assert run(*arguments) == 0
    before = {path: path.read_bytes() for path in (directory / "out").rglob("*") if path.is_file()}
    (directory / "flow.yaml").write_text(FLOW.replace("to: Load", "to: Lode"))
    assert run(*arguments) == 1
    after = {path: path.read_bytes() for path in (directory / "out").rglob("*") if path.is_file()}
    assert after == before


def test_a_foreign_directory_is_not_overwritten(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What no build wrote is left alone: status 1 and one line, no traceback."""
    (directory / "out" / "flows").mkdir(parents=True)
    (directory / "out" / "flows" / "mine.txt").write_text("mine")
    assert run("build", *SOURCES, "--name", "flows", "-o", "out") == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert [path.name for path in (directory / "out").rglob("*")] == ["flows", "mine.txt"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [("bind", "FlowDecl"), ("resolve", "kind: task"), ("lower", "destinations: ['Load']")],
)
def test_dump(after: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each pass shows its own form of the configuration."""
    assert run("dump", "--after", after, *SOURCES) == 0
    assert expected in capsys.readouterr().out


def test_several_flow_files_behind_one_option(directory: Path) -> None:
    """`-f` takes as many files as follow it, as a shell's `*.yaml` gives them."""
    (directory / "nodes.yaml").write_text(NODES.replace("[daily]", "[daily, nightly]"))
    (directory / "other.yaml").write_text(FLOW.replace("daily", "nightly"))
    assert run("check", "-f", "flow.yaml", "other.yaml", "-n", "nodes.yaml") == 0


def test_an_error_of_the_compiler_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unforeseen error ends in status 3 and says what to report."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("selinon_compiler.cli.check.compile_files", broken)
    assert run("check", *SOURCES) == 3
    err = capsys.readouterr().err
    assert "RuntimeError: unforeseen" in err
    assert f"selinon-compile {VERSION} failed" in err
