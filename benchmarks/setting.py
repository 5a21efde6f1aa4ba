"""What all groups measure with: generated configurations, Selinon 1.4.0, how often."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks import original
from benchmarks.original import Original
from benchmarks.processes import Command, run
from benchmarks.sources import MODULES, ROOT, Sources

__all__ = ["Setting"]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A folder to work in, empty at first and thrown away later, and what was asked for.

    `rounds` is how often a process is run, 1 at least. `quick` leaves out what takes minutes.
    """

    directory: Path
    rounds: int
    quick: bool

    def generated(self, flows: int) -> Sources:
        """Return a configuration of so many flows, written when it is first asked for."""
        directory = self.directory / f"configuration-{flows}"
        if not directory.exists():
            arguments = (sys.executable, "-m", "benchmarks.configuration", directory, str(flows))
            run(Command(name="generate", arguments=arguments, path=(ROOT,)))
        return Sources(nodes=directory / "nodes.yaml", flows=directory / "flows", modules=MODULES)

    @cached_property
    def original(self) -> Original:
        """Return Selinon 1.4.0; raises OriginalUnavailable when it cannot be installed."""
        return original.installed(ROOT / "build")
