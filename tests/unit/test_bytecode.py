"""Compiled files of emitted modules: used when they were made from the very text, written whole, never in the way."""

from __future__ import annotations

import importlib.util
import os
import py_compile
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from selinon.loading import FolderFiles, LoadedPackage, bytecode
from selinon.loading.bytecode import code_of
from selinon_compiler import emit
from selinon_compiler.plan import AndPlan, CallPlan, EdgePlan, FlowPlan, Plan


@pytest.fixture(autouse=True)
def _writing() -> Iterator[None]:
    """Let compiled files be written, whatever the environment says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", False)
        patch.setattr(sys, "pycache_prefix", None)
        yield


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """Return a module on disk."""
    file = tmp_path / "module.py"
    file.write_bytes(b"X = 1\n")
    return file


def value(file: Path) -> object:
    """Return what a module says, run as a package's modules are."""
    names: dict[str, object] = {}
    exec(code_of(str(file), file.read_bytes()), names)
    return names["X"]


def compiled(file: Path) -> Path:
    """Return the place of a compiled file."""
    return Path(importlib.util.cache_from_source(str(file)))


def test_a_compiled_file_is_made_and_used(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second process compiles nothing."""
    assert value(module) == 1
    assert [file.name for file in module.parent.rglob("*.pyc*")] == [compiled(module).name]
    monkeypatch.setattr(bytecode, "compile", None, raising=False)
    assert value(module) == 1


def test_a_module_written_anew_is_compiled_anew(module: Path) -> None:
    """A text of equal size and time does not run as the one before."""
    value(module)
    stat = module.stat()
    module.write_bytes(b"X = 2\n")
    os.utime(module, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert value(module) == 2
    assert value(module) == 2


@pytest.mark.parametrize(
    "mode",
    [py_compile.PycInvalidationMode.TIMESTAMP, py_compile.PycInvalidationMode.UNCHECKED_HASH],
)
def test_compiled_files_without_a_checked_hash_are_replaced(
    module: Path, mode: py_compile.PycInvalidationMode
) -> None:
    """What an installer wrote may be of another text, and is not used."""
    module.write_bytes(b"X = 3\n")
    py_compile.compile(str(module), invalidation_mode=mode)
    module.write_bytes(b"X = 4\n")
    assert value(module) == 4


@pytest.mark.parametrize("content", [b"", b"x" * 16, None])
def test_broken_compiled_files_do_no_harm(module: Path, content: bytes | None) -> None:
    """An empty, a foreign and a truncated file are put right."""
    value(module)
    whole = compiled(module).read_bytes()
    compiled(module).write_bytes(whole[:-3] if content is None else content)
    assert value(module) == 1
    assert compiled(module).read_bytes() == whole


def test_python_itself_takes_them(module: Path) -> None:
    """Python's import uses the same files, and compares the hash."""
    value(module)
    content = compiled(module).read_bytes()
    command = [sys.executable, "-c", "import module; print(module.X, module.__cached__)"]
    for text, expected in ((b"X = 1\n", "1"), (b"X = 5\n", "5")):
        module.write_bytes(text)
        ended = subprocess.run(
            command, cwd=module.parent, capture_output=True, text=True, check=True
        )
        assert ended.stdout.split()[0] == expected
        if expected == "1":
            assert compiled(module).read_bytes() == content


def test_nothing_is_written_where_that_is_not_wanted(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `-B`, and where the directory cannot be written, modules are compiled each time."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert value(module) == 1
    assert not compiled(module).parent.exists()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    compiled(module).parent.write_text("a file in the place of the directory")
    assert value(module) == 1
    assert sorted(file.name for file in module.parent.iterdir()) == ["__pycache__", "module.py"]


def test_a_package_that_moved_names_its_new_place(module: Path, tmp_path: Path) -> None:
    """A compiled file that was copied along knows another place; tracebacks name the right one."""
    value(module)
    moved = tmp_path / "moved"
    moved.mkdir()
    module.rename(moved / "module.py")
    compiled(module).parent.rename(moved / "__pycache__")
    assert code_of(str(moved / "module.py"), b"X = 1\n").co_filename == str(moved / "module.py")


def test_tracebacks_show_the_lines_of_a_condition(tmp_path: Path) -> None:
    """Compiled or not, an exception in a condition shows the emitted line."""
    call = CallPlan(predicate="first", arguments={"key": 1}, takes=())
    edge = EdgePlan(
        key="k", sources=("A",), destinations=("B",), condition=AndPlan(operands=(call, call))
    )
    flow = FlowPlan(name="daily", fingerprint="", edges=(edge,))
    package = emit.package(
        Plan(flows=(flow,)), {}, name="flows", version="1.0.0", compiler_version="0"
    )
    emit.write(package, None, tmp_path)
    for _ in range(2):
        loaded = LoadedPackage(FolderFiles(str(tmp_path / "flows")))
        condition = loaded.flow("daily").edges[0].condition
        assert condition is not None
        with pytest.raises(AttributeError) as raised:
            condition({}, None)
        shown = "".join(traceback.format_exception(raised.value))
        assert "return bool(p_first(key=1) and p_first(key=1))" in shown
    assert compiled(tmp_path / "flows/v1_0_0/flows/daily.py").is_file()
