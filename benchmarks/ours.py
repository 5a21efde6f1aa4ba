"""How the commands of this checkout are called: as installed beside the Python that runs the benchmarks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["LABEL", "PACKAGE", "build", "byte_compile", "check", "imports", "start_flow", "version"]

LABEL = "selinon-compile"
PACKAGE = "benchmark_flows"
"""The name of the packages that are built from generated configurations."""

_TOOL = Path(sys.executable).with_name("selinon-compile")
_START_FLOW = Path(__file__).with_name("start_flow.py")
_IMPORT = "import selinon, celery"

Arguments = tuple[str | Path, ...]
"""A command line."""


def version() -> Arguments:
    """Return the command that does the least."""
    return (_TOOL, "--version")


def check(sources: Sequence[str | Path]) -> Arguments:
    """Return the command that checks a configuration."""
    return (_TOOL, "check", *sources)


def build(sources: Sequence[str | Path], output: Path) -> Arguments:
    """Return the command that writes package and wheel of a configuration into a folder."""
    return (_TOOL, "build", *sources, "--name", PACKAGE, "-o", output)


def start_flow(flow: str) -> Arguments:
    """Return the command that loads the package and begins a flow of it."""
    return (sys.executable, "-P", _START_FLOW, PACKAGE, flow)


def imports() -> Arguments:
    """Return the command that does no more than to import Selinon and Celery."""
    return (sys.executable, "-P", "-c", _IMPORT)


def byte_compile(*folders: Path) -> Arguments:
    """Return the command that puts compiled files beside the modules of folders, as pip does when it installs."""
    return (sys.executable, "-m", "compileall", "-q", *folders)
