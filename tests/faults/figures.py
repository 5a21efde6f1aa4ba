"""How much was tried."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Figures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many processes were killed, flows started, and nodes run."""

    kills: int = 0
    flows: int = 0
    nodes: int = 0
    note: str = ""

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            kills=self.kills + other.kills,
            flows=self.flows + other.flows,
            nodes=self.nodes + other.nodes,
        )
