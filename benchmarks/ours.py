"""The commands of this checkout, as installed beside the Python that runs the benchmarks."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.processes import Command
from benchmarks.sources import Sources

__all__ = ["PACKAGE", "build", "byte_compile", "check", "imports", "start_flow", "version"]

PACKAGE = "benchmark_flows"
"""The name of the packages that are built."""

_TOOL = Path(sys.executable).with_name("selinon-compile")
_START_FLOW = Path(__file__).with_name("start_flow.py")


def version() -> Command:
    """Return the command that does the least."""
    return Command(name="selinon-compile --version", arguments=(_TOOL, "--version"))


def check(sources: Sources) -> Command:
    """Return the command that checks a configuration."""
    return Command(
        name="selinon-compile check",
        arguments=(_TOOL, "check", *sources.options),
        path=(sources.modules,),
    )


def build(sources: Sources, output: Path) -> Command:
    """Return the command that writes package and wheel of a configuration into a folder."""
    return Command(
        name="selinon-compile build",
        arguments=(_TOOL, "build", *sources.options, "--name", PACKAGE, "-o", output),
        path=(sources.modules,),
    )


def start_flow(output: Path, sources: Sources) -> Command:
    """Return the command that loads the package in a folder and begins the first of its flows."""
    return Command(
        name="begin a flow",
        arguments=(sys.executable, "-P", _START_FLOW, PACKAGE, sources.flow_files[0].stem),
        path=(output, sources.modules),
    )


def imports() -> Command:
    """Return the command that does no more than to import Selinon and Celery."""
    return Command(
        name="import selinon, celery",
        arguments=(sys.executable, "-P", "-c", "import selinon, celery"),
    )


def byte_compile(*folders: Path) -> Command:
    """Return the command that puts compiled files beside the modules of folders, as pip does when it installs."""
    return Command(
        name="compileall", arguments=(sys.executable, "-m", "compileall", "-q", *folders)
    )
