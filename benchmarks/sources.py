"""The configurations that are compiled: where their files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["EXAMPLE", "MODULES", "ROOT", "Sources"]

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "benchmarks" / "modules"
"""Where the modules are that generated configurations name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """A nodes file and a folder of flow files, with the folder of the modules that they name."""

    nodes: Path
    flows: Path
    modules: Path

    @property
    def options(self) -> tuple[str | Path, ...]:
        """Return the options that name the files; they are the same for both systems."""
        return ("-n", self.nodes, "-f", self.flows)

    @property
    def flow_files(self) -> list[Path]:
        """Return the flow files, sorted; those that are generated are named after their flows."""
        return sorted(self.flows.iterdir())


EXAMPLE = Sources(
    nodes=ROOT / "examples" / "nodes.yaml",
    flows=ROOT / "examples" / "flows",
    modules=ROOT / "examples",
)
"""The example application."""
