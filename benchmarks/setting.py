"""What all groups measure with: generated configurations, Selinon 1.4.0, how often."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks import original
from benchmarks.original import Original
from benchmarks.processes import Command, run

__all__ = ["EXAMPLE", "MODULES", "ROOT", "Configuration", "Setting"]

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "benchmarks" / "modules"
"""Where the modules are that generated configurations name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A nodes file and a folder of flow files, with the folder of the modules that they name."""

    nodes: Path
    flows: Path
    modules: Path

    @property
    def sources(self) -> tuple[str | Path, ...]:
        """Return the options that name the files; they are the same for both systems."""
        return ("-n", self.nodes, "-f", self.flows)

    @property
    def flow_files(self) -> list[Path]:
        """Return the flow files, sorted; those that are generated are named after their flows."""
        return sorted(self.flows.iterdir())


EXAMPLE = Configuration(
    nodes=ROOT / "examples" / "nodes.yaml",
    flows=ROOT / "examples" / "flows",
    modules=ROOT / "examples",
)
"""The example application."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A folder to work in, empty at first and thrown away later, and what was asked for.

    `rounds` is how often a process is run, 1 at least. `quick` leaves out what takes minutes.
    """

    directory: Path
    rounds: int
    quick: bool

    def generated(self, flows: int) -> Configuration:
        """Return a configuration of so many flows, written when it is first asked for."""
        directory = self.directory / f"configuration-{flows}"
        if not directory.exists():
            arguments = (sys.executable, "-m", "benchmarks.configuration", directory, str(flows))
            run(Command(name="generate", arguments=arguments, path=(ROOT,)))
        return Configuration(
            nodes=directory / "nodes.yaml", flows=directory / "flows", modules=MODULES
        )

    @cached_property
    def original(self) -> Original:
        """Return Selinon 1.4.0; raises OriginalUnavailable when it cannot be installed."""
        return original.installed(ROOT / "build")
