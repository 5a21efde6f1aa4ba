"""The walls between the parts of the project: who may import whom, read from the source without running it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPILER = ROOT / "compiler" / "selinon_compiler"
RUNTIME = ROOT / "runtime" / "selinon"

LONGEST_MODULE = 400

CHECKS = ("analysis", "passes", "rules")
MEANING = ("frontend.nodes", "language", "model", "diagnostics", "source")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "source": (),
    "diagnostics": ("source",),
    "language": ("diagnostics", "frontend.nodes", "source"),
    "frontend": ("diagnostics", "language", "source"),
    "model": ("diagnostics", "frontend.nodes", "language", "source"),
    "plan": (),
    "emit": ("plan",),
    "migration": ("plan",),
    "analysis": (*MEANING, "plan"),
    "passes": (*CHECKS, *MEANING, "frontend", "plan"),
    "rules": (*CHECKS, *MEANING, "plan"),
    "driver": (*CHECKS, *MEANING, "frontend", "emit", "migration", "plan"),
}
"""What each part of the compiler may import of the compiler, besides itself.

Parts that are not named here stand above all of these: they may import them, and none of these may import them.
"""

FROM_THE_RUNTIME = (
    "selinon.abi",
    "selinon.environment",
    "selinon.record",
    "selinon.version",
    "selinon.cli.options",
)
"""What the compiler may import of the runtime."""

DOCUMENTED = ("selinon.predicates", "selinon.trace")
"""What the generator of documentation reads besides."""

INNER_RUNTIME = ("engine", "store", "storages")
"""Parts of the runtime that know neither where they run nor who asks."""

OUTER_RUNTIME = ("celery", "selinon.cli", "selinon.local", "selinon.worker")

FOUNDATIONS = ("abi", "environment", "errors", "record", "version")
"""Parts of the runtime that need nothing but the standard library and the like of them, so that importing is quick."""

WORLD = ("asyncio", "os", "random", "secrets", "socket", "subprocess", "threading", "time")
"""Modules that reach for a clock, for chance or for the machine: nothing of this is for the engine."""

HEAVY = (
    "black",
    "celery",
    "click",
    "jsonschema",
    "rich",
    "selinon_compiler",
    "selinon_templates",
    "yaml",
)
"""What `import selinon` must not load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One name that a module imports; `lazy` when that happens inside a function."""

    importer: str
    imported: str
    lazy: bool
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"

    def is_of(self, *packages: str) -> bool:
        """Tell whether what is imported is one of these, or lies in one."""
        return any(f"{self.imported}.".startswith(f"{package}.") for package in packages)


def part(dotted: str) -> str:
    """Return the part of its package that a module belongs to: `emit` for `selinon_compiler.emit.views`."""
    return dotted.split(".")[1] if "." in dotted else ""


def sources(package: Path) -> Iterator[tuple[str, Path]]:
    """Yield each module of a package with its dotted name."""
    for path in sorted(package.rglob("*.py")):
        names = path.relative_to(package.parent).with_suffix("").parts
        yield ".".join(names[:-1] if names[-1] == "__init__" else names), path


def imports_in(text: str, importer: str, *, package: bool = False) -> list[Import]:
    """Return what a module imports, at its top or in a function; `package` when it is an `__init__`."""
    return list(_imports(ast.parse(text), importer, package, lazy=False))


def _imports(node: ast.AST, importer: str, package: bool, *, lazy: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for name in _imported(child, importer, package):
            yield Import(importer=importer, imported=name, lazy=lazy, line=child.lineno)  # type: ignore[attr-defined]  # statements have lines
        inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _imports(child, importer, package, lazy=inside)


def _imported(node: ast.AST, importer: str, package: bool) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    names = importer.split(".")
    above = names[: len(names) - node.level + package] if node.level else []
    module = ".".join([*above, *([node.module] if node.module else [])])
    return [f"{module}.{alias.name}" for alias in node.names]


def imports_of(package: Path) -> list[Import]:
    """Return everything that the modules of a package import."""
    return [
        found
        for importer, path in sources(package)
        for found in imports_in(path.read_text("utf-8"), importer, package=path.stem == "__init__")
    ]


def breaks_order(found: Import) -> bool:
    """Tell whether an import inside the compiler goes against the order of its parts."""
    own = part(found.importer)
    if own not in MAY_IMPORT or not found.is_of("selinon_compiler"):
        return False
    return not found.is_of(*(f"selinon_compiler.{name}" for name in (own, *MAY_IMPORT[own])))


def reaches_into_runtime(found: Import) -> bool:
    """Tell whether the compiler imports more of the runtime than the contract between the two."""
    allowed = (
        (*FROM_THE_RUNTIME, *DOCUMENTED) if part(found.importer) == "docs" else FROM_THE_RUNTIME
    )
    return found.is_of("selinon") and not found.is_of(*allowed)


def misuses_templates(found: Import) -> bool:
    """Tell whether something else than the emitter renders templates."""
    return found.is_of("selinon_templates") and part(found.importer) != "emit"


def turns_outwards(found: Import) -> bool:
    """Tell whether an inner part of the runtime imports an outer one, or the compiler."""
    return part(found.importer) in INNER_RUNTIME and found.is_of(*OUTER_RUNTIME, "selinon_compiler")


def needs_compiler(found: Import) -> bool:
    """Tell whether a module of the runtime imports the compiler before one of its functions is called."""
    return found.is_of("selinon_compiler") and not found.lazy


def shakes_foundation(found: Import) -> bool:
    """Tell whether a foundation of the runtime imports something outside the standard library."""
    own = part(found.importer)
    known = found.imported.split(".")[0] in sys.stdlib_module_names
    like = found.is_of(*(f"selinon.{name}" for name in FOUNDATIONS))
    return own in FOUNDATIONS and not known and not like


def touches_world(found: Import) -> bool:
    """Tell whether the engine imports what only its callers may use."""
    return part(found.importer) == "engine" and found.is_of(*WORLD)


COMPILER_WALLS = (breaks_order, reaches_into_runtime, misuses_templates)
RUNTIME_WALLS = (turns_outwards, needs_compiler, shakes_foundation, touches_world)


@pytest.mark.parametrize("wall", COMPILER_WALLS, ids=lambda wall: wall.__name__)
def test_compiler_keeps_its_walls(wall: Callable[[Import], bool]) -> None:
    """No import in the compiler, at module level or in a function, goes through a wall."""
    assert [str(found) for found in imports_of(COMPILER) if wall(found)] == []


@pytest.mark.parametrize("wall", RUNTIME_WALLS, ids=lambda wall: wall.__name__)
def test_runtime_keeps_its_walls(wall: Callable[[Import], bool]) -> None:
    """No import in the runtime goes through a wall."""
    assert [str(found) for found in imports_of(RUNTIME) if wall(found)] == []


def test_nodes_of_the_front_end_know_nothing_of_the_language() -> None:
    """`frontend.nodes` is what the language may import, so it must not import the language back."""
    assert [
        str(found)
        for found in imports_of(COMPILER)
        if found.importer == "selinon_compiler.frontend.nodes"
        and found.is_of("selinon_compiler.language", "selinon_compiler.frontend")
    ] == []


PLANTED = [
    (breaks_order, "selinon_compiler.source", "import selinon_compiler.plan"),
    (
        breaks_order,
        "selinon_compiler.language.kinds",
        "from selinon_compiler.frontend import binder",
    ),
    (
        breaks_order,
        "selinon_compiler.model.system",
        "from selinon_compiler.frontend.files import x",
    ),
    (breaks_order, "selinon_compiler.plan.types", "from selinon_compiler.source import Span"),
    (breaks_order, "selinon_compiler.emit.views", "from ..model import System"),
    (breaks_order, "selinon_compiler.passes.lower", "def f():\n    import selinon_compiler.cli"),
    (breaks_order, "selinon_compiler.driver", "from selinon_compiler import cli"),
    (reaches_into_runtime, "selinon_compiler.passes.lint", "from selinon import Config"),
    (reaches_into_runtime, "selinon_compiler.passes.lint", "import selinon.predicates"),
    (misuses_templates, "selinon_compiler.cli.build", "import selinon_templates"),
    (turns_outwards, "selinon.engine.step", "from celery import Celery"),
    (turns_outwards, "selinon.store.memory", "from selinon.local import executor"),
    (turns_outwards, "selinon.storages.pool", "def f():\n    from selinon_compiler import driver"),
    (needs_compiler, "selinon.config", "from selinon_compiler.driver import compile_files"),
    (shakes_foundation, "selinon.abi", "import selinon.config"),
    (shakes_foundation, "selinon.errors", "import click"),
    (touches_world, "selinon.engine.step", "from time import time"),
]


@pytest.mark.parametrize(("wall", "importer", "text"), PLANTED)
def test_walls_catch_what_they_are_for(
    wall: Callable[[Import], bool], importer: str, text: str
) -> None:
    """Each wall reports an import that was planted against it."""
    assert [wall(found) for found in imports_in(text, importer)] == [True]


ALLOWED = [
    ("selinon_compiler.language.kinds", "from selinon_compiler.frontend.nodes import Node"),
    ("selinon_compiler.emit.views", "from selinon_compiler.plan import Plan"),
    ("selinon_compiler.emit.views", "from selinon.abi import ABI_VERSION"),
    ("selinon_compiler.cli.build", "from selinon_compiler.driver import compile_files"),
    ("selinon.config", "def f():\n    from selinon_compiler.driver import compile_files"),
    ("selinon.worker.tasks", "import celery"),
]


@pytest.mark.parametrize(("importer", "text"), ALLOWED)
def test_walls_let_pass_what_is_allowed(importer: str, text: str) -> None:
    """Imports in the right direction go through all walls."""
    walls = COMPILER_WALLS if importer.startswith("selinon_compiler") else RUNTIME_WALLS
    assert [
        wall.__name__ for found in imports_in(text, importer) for wall in walls if wall(found)
    ] == []


def test_relative_imports_are_resolved() -> None:
    """A relative import counts as the absolute one, in a module and in an `__init__`."""
    text = "from . import a\nfrom .b import c\nfrom ..d import e"
    assert [found.imported for found in imports_in(text, "p.q.r")] == ["p.q.a", "p.q.b.c", "p.d.e"]
    package = imports_in(text, "p.q", package=True)
    assert [found.imported for found in package] == ["p.q.a", "p.q.b.c", "p.d.e"]


def test_import_of_the_runtime_is_light() -> None:
    """`import selinon` in a fresh process loads no third-party library that it could do without."""
    roots = (COMPILER.parent, RUNTIME.parent, ROOT / "templates")
    code = f"import sys, selinon; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    outcome = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert outcome.stdout.split() == []


MODULES = [*sources(COMPILER), *sources(RUNTIME)]


def test_modules_are_found() -> None:
    """The tests of this file look at both packages, not at empty folders."""
    names = [name for name, _ in MODULES]
    assert "selinon_compiler.plan.types" in names
    assert "selinon.abi" in names


def test_every_module_has_a_docstring() -> None:
    """The first thing in each module says what it is."""
    assert [
        name for name, path in MODULES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ] == []


def test_no_module_is_too_long() -> None:
    """A module fits into one's head: none is longer than the ceiling."""
    lengths = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}
