"""From YAML to the files of a package in memory: what the runtime calls when it is given YAML files or mappings."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from selinon.version import VERSION
from selinon_compiler import emit
from selinon_compiler.diagnostics import render_human
from selinon_compiler.driver import Compilation, compile_files, compile_sources
from selinon_compiler.mappings import source_of
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
        return _inspection(compile_files(nodes, flows, needed=True, check=check))


def inspect_mappings(nodes: Mapping[Any, Any], flows: Sequence[Mapping[Any, Any]]) -> Inspection:
    """Compile mappings that hold what a nodes file and flow files hold, as `inspect_files` does with files.

    A mapping that occurs several times counts as one file, as does one that is given in both roles.

    Raises:
        UnwritableError: a mapping holds something that YAML has no form for; the text says where and what.
    """
    with _uncollected():
        sources = {id(nodes): source_of(nodes, "nodes")}
        for index, flow in enumerate(flows):
            if id(flow) not in sources:
                name = "flows" if len(flows) == 1 else f"flows[{index}]"
                sources[id(flow)] = source_of(flow, name)
        distinct = dict.fromkeys(sources[id(flow)] for flow in flows)
        return _inspection(compile_sources(sources[id(nodes)], list(distinct), needed=True))


def _inspection(result: Compilation) -> Inspection:
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
