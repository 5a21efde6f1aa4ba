"""What is emitted, and what it does when it runs: every folder of `golden/build` is one configuration.

It holds the YAML files, the modules they refer to, `run.json` with flows to run and what must come of them, and what
the compiler makes: the plan as text, the package, the digest of its wheel.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import black
import pytest
from tests.golden.conftest import Compare

import selinon
from selinon_compiler import emit
from selinon_compiler.build import build
from selinon_compiler.diagnostics import render_human
from selinon_compiler.driver import compile_files
from selinon_compiler.emit.earlier import Found
from selinon_compiler.emit.parts import Target
from selinon_compiler.passes.modules import Modules
from selinon_compiler.plan import dumps, loads
from selinon_compiler.printing import show

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "golden"
RUNTIME = Path(selinon.__file__).parents[1]
CASES = sorted(file.parent.name for file in (GOLDEN / "build").glob("*/nodes.yaml"))


def compiled(case: str, working_directory: Path) -> dict[str, bytes]:
    """Return the files made of a case, compiled in a working directory."""
    directory = GOLDEN / "build" / case
    with contextlib.chdir(working_directory):
        base = os.path.relpath(directory)
        flows = os.path.join(base, "flows" if (directory / "flows").is_dir() else "flow.yaml")
        modules = Modules([str(directory), *sys.path])
        result = compile_files(os.path.join(base, "nodes.yaml"), [flows], modules)
    assert result.plan is not None, render_human(result.diagnostics)
    assert result.system is not None
    target = Target(name=name(case), version="1.0.0", compiler_version="golden")
    package = build(result.system, result.schemas, target, Found())
    wheel = hashlib.sha256(emit.wheel(package).content).hexdigest()
    files = {f"package/{name(case)}/{path}": content for path, content in package.files.items()}
    text = {"plan.txt": f"{show(result.plan)}\n".encode(), "wheel.sha256": f"{wheel}\n".encode()}
    return {**text, **files}


def name(case: str) -> str:
    """Return the name of the package of a case."""
    return f"{case}_flows"


def emitted(case: str) -> dict[str, str]:
    """Return the texts of the emitted package of a case as it lies in the repository."""
    top = GOLDEN / "build" / case / "package"
    return {
        file.relative_to(top).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(top.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }


def python(*command: str, path: list[Path], input: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, with these directories to import from."""
    environment = {
        **os.environ,
        "DEPLOYMENT": "golden",
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        input=input,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("case", CASES)
def test_output(case: str, compare: Compare) -> None:
    """Plan, package and wheel of a case are those that lie beside it."""
    directory = GOLDEN / "build" / case
    compare(directory, compiled(case, directory))


@pytest.mark.parametrize("case", CASES)
def test_the_working_directory_does_not_show(case: str, tmp_path: Path) -> None:
    """Compiled once more, and from elsewhere, a case gives the same bytes."""
    assert compiled(case, tmp_path) == compiled(case, GOLDEN / "build" / case)


@pytest.mark.parametrize("case", CASES)
def test_the_formatter_has_nothing_to_do(case: str) -> None:
    """Emitted modules are formatted as black formats them by default."""
    for path, text in emitted(case).items():
        if path.endswith(".py"):
            assert black.format_str(text, mode=black.Mode(line_length=88)) == text, path


@pytest.mark.parametrize("case", CASES)
def test_the_emitted_plan_reads_back(case: str) -> None:
    """The plan in a package is written again as it was read."""
    text = emitted(case)[f"{name(case)}/plan.json"]
    assert dumps(loads(text)) == text


def test_every_emitted_module_can_be_imported() -> None:
    """All emitted modules are imported in one process, which imports none of the users' modules for that."""
    paths = [path for case in CASES for path in emitted(case) if path.endswith(".py")]
    modules = [
        path.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in paths
    ]
    script = (
        "import importlib, json, sys\n"
        "for name in json.load(sys.stdin): importlib.import_module(name)\n"
        "assert not sys.modules.keys() & {'tasks', 'predicates', 'storage'}\n"
    )
    tops = [GOLDEN / "build" / case / "package" for case in CASES]
    result = python("-c", script, path=[RUNTIME, *tops], input=json.dumps(modules))
    assert result.returncode == 0, result.stderr
    assert len(modules) > 5 * len(CASES)


def test_emitted_packages_are_typed() -> None:
    """A strict type checker finds nothing in any emitted package."""
    tops = [GOLDEN / "build" / case / "package" for case in CASES]
    packages = [option for case in CASES for option in ("-p", name(case))]
    cache = ROOT / ".mypy_cache" / "golden"
    settings = ["--strict", "--config-file=", f"--cache-dir={cache}", "--no-error-summary"]
    environment = [RUNTIME, *tops]
    command = ["-c", MYPY, os.pathsep.join(map(str, environment)), *settings, *packages]
    result = python(*command, path=[])
    assert result.returncode == 0, result.stdout + result.stderr


MYPY = """
import os, sys
os.environ["MYPYPATH"] = sys.argv.pop(1)
from mypy.__main__ import console_entry
console_entry()
"""
"""A program that runs mypy with its own search path, given as the first argument."""


@pytest.mark.parametrize("case", CASES)
def test_flows_run(case: str) -> None:
    """The flows of the emitted package, run in a process of their own, end as `run.json` says."""
    directory = GOLDEN / "build" / case
    expected = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    result = python(
        str(Path(__file__).with_name("run_flows.py")),
        name(case),
        path=[RUNTIME, directory, directory / "package"],
        input=json.dumps(expected),
    )
    assert result.returncode == 0, result.stderr
    made = json.loads(result.stdout)
    for run, outcome in zip(expected, made, strict=True):
        results = {task: outcome["results"].get(task) for task in run.get("results", {})}
        shown = {**{key: run[key] for key in ("flow", "node_args") if key in run}, **outcome}
        assert {"failed": {}, "results": {}, **run} == {**shown, "results": results}, result.stderr


def test_no_golden_file_names_a_place_on_this_machine() -> None:
    """No golden file holds an absolute path."""
    absolute = re.compile(r"(?<![\w./:])/(home|root|tmp|work|usr|opt|Users|private)/")
    for file in sorted(GOLDEN.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            text = file.read_text(encoding="utf-8", errors="surrogateescape")
            assert str(ROOT) not in text, file
            assert not absolute.search(text), file
