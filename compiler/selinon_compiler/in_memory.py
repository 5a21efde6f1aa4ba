"""From YAML files to the files of a package in memory: what the runtime calls when it is given YAML."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from selinon.version import VERSION
from selinon_compiler import emit
from selinon_compiler.diagnostics import render_human
from selinon_compiler.driver import compile_files
from selinon_compiler.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A configuration about to be used: the diagnostics as text; plan and files only when there is no error."""

    report: str
    plan: Plan | None
    files: Mapping[str, bytes]


def inspect_files(nodes: str, flows: Sequence[str], *, check: bool = True) -> Inspection:
    """Compile YAML files whose code is about to be run, so that a module which cannot be found is an error.

    Without `check`, the rules are not applied.
    """
    with _uncollected():
        result = compile_files(nodes, flows, needed=True, check=check)
        report = render_human(result.diagnostics)
        if result.plan is None or result.origins is None:
            return Inspection(report=report, plan=None, files={})
        package = emit.package(
            result.plan,
            result.origins,
            name="selinon_flows",
            version="1.0.0",
            compiler_version=VERSION,
        )
        return Inspection(report=report, plan=result.plan, files=package.files)


def as_one_text(files: Mapping[str, bytes]) -> str:
    """Return the emitted modules one after the other, each behind a line that names it."""
    modules = [
        (path, content.decode("ascii")) for path, content in files.items() if path.endswith(".py")
    ]
    return "\n\n".join(f"# {path}\n{text}" for path, text in modules)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector off: a compilation keeps all it makes, and is short."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
