"""From YAML files to the files of a package in memory: what the runtime calls when it is given YAML."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from collections.abc import Iterator

from selinon.version import VERSION
from selinon_compiler import emit
from selinon_compiler.diagnostics import render_human
from selinon_compiler.driver import compile_files


def compile_package(nodes: str, flows: Sequence[str]) -> Mapping[str, bytes] | str:
    """Return the files of the package that YAML files mean, or the diagnostics as text when they have errors.

    The code of tasks is needed here, so that a module which cannot be found is an error.
    """
    with _uncollected():
        result = compile_files(nodes, flows, needed=True)
        if result.plan is None or result.origins is None:
            return render_human(result.diagnostics)
        package = emit.package(
            result.plan, result.origins, name="selinon_flows", version="1.0.0", compiler_version=VERSION
        )
        return package.files


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
