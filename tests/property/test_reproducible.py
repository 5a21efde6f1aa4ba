"""The same plan gives the same bytes, wherever, under whatever settings and by whichever Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE_ROOTS = ("compiler", "runtime", "templates")

SCRIPT = """
import datetime, hashlib, json, pathlib, sys
from selinon.abi import Reference, SettingsSpec, StorageSpec, TaskSpec, TraceSpec
from selinon_compiler import emit
from selinon_compiler.plan import *

VALUES = {
    "emoji": "\\U0001fae8", "wide": "\\u65e5\\u672c", "surrogate": "\\ud800", 3: None, None: {1.5: True},
    "numbers": [float("nan"), float("inf"), -0.0, 1e16, 10**30],
    "time": datetime.datetime(2020, 1, 2, 3, 4, 5, 6, datetime.timezone.utc),
    datetime.date(2020, 1, 2): b"\\x00\\xff",
}
call = CallPlan(predicate="fieldEqual", node="\\U0001fae8", arguments={"b": VALUES, "a": 1}, takes=("message",))
other = CallPlan(predicate="\\U0001fae8", node="A", arguments={"key": "x", "in": [1]})
condition = AndPlan(operands=(call, NotPlan(operand=OrPlan(operands=(other, call)))))
edge = EdgePlan(key="k", sources=("A",), destinations=("B",), condition=condition, condition_text="\\U0001fae8")
flows = [FlowPlan(name=name, fingerprint="0" * 64, edges=(edge,)) for name in ("a", "A", "\\U0001fae8", "con", "b")]
plan = Plan(
    tasks=tuple(TaskSpec(name=f"T{n}", task=Reference("m", "T")) for n in range(200)),
    storages=(StorageSpec(name="S", adapter=Reference("m", "S"), configuration=VALUES),),
    flows=tuple(sorted(flows, key=lambda flow: flow.name)),
    settings=SettingsSpec(trace=(TraceSpec(kind="json"),)),
    schemas={"T1.json": "{}\\n"},
)
origins = {("flow", "a"): Origin("f.yaml", 1), ("edge", "a", "k"): Origin("f.yaml", 3)}
package = emit.package(plan, origins, name="example", version="1.0.0+local", compiler_version="0.1.0")
emit.write(package, emit.wheel(package), "out")
print(json.dumps({
    str(file.relative_to("out")): [oct(file.stat().st_mode), hashlib.sha256(file.read_bytes()).hexdigest()]
    for file in pathlib.Path("out").rglob("*") if file.is_file()
}))
"""


def outputs(python: str, directory: Path, umask: int, **variables: str) -> object:
    """Return modes and digests of what a process of its own writes."""
    directory.mkdir()
    paths = [str(ROOT / root) for root in SOURCE_ROOTS]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(paths), **variables}
    result = subprocess.run(
        [python, "-c", SCRIPT],
        cwd=directory,
        env=environment,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Return what this Python writes."""
    directory = tmp_path_factory.mktemp("reference") / "a"
    return outputs(sys.executable, directory, 0o022, PYTHONHASHSEED="0", LC_ALL="C.UTF-8")


@pytest.mark.parametrize(
    ("umask", "variables"),
    [
        (0o077, {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Tokyo"}),
        (0o000, {"PYTHONHASHSEED": "random", "LC_ALL": "C", "PYTHONUTF8": "0"}),
        (0o022, {"PYTHONHASHSEED": "random", "PYTHONOPTIMIZE": "2", "SOURCE_DATE_EPOCH": "1"}),
    ],
)
def test_settings_of_the_process_change_nothing(
    reference: object, tmp_path: Path, umask: int, variables: dict[str, str]
) -> None:
    """Directory, locale, time zone, umask and seed of hashes show in no byte and in no mode."""
    assert outputs(sys.executable, tmp_path / "elsewhere", umask, **variables) == reference


def interpreter(version: str) -> str | None:
    """Return a Python of a version that runs, or None."""
    installed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    for candidate in (shutil.which(f"python{version}"), *map(str, installed)):
        if candidate is None:
            continue
        command = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.stdout.strip() == version:
            return candidate
    return None


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_python_writes_the_same(reference: object, tmp_path: Path, version: str) -> None:
    """Versions of Python, and of its Unicode tables, show in no byte of the package or the wheel."""
    python = interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is not installed")
    assert outputs(python, tmp_path / version, 0o022) == reference
