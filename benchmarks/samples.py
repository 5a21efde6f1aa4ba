"""How long flows and canvases take on workers."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

__all__ = ["Pairs", "Sample", "gap"]

MILLISECONDS = 1000


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One flow or canvas: seconds until its result was there, and the times at which tasks started."""

    total: float
    starts: tuple[float, ...]

    @cached_property
    def gaps(self) -> tuple[float, ...]:
        """Return the seconds between starts of tasks, each from the one before."""
        return tuple(later - earlier for earlier, later in pairwise(self.starts))

    @property
    def gap(self) -> float:
        """Return the median of the gaps."""
        return statistics.median(self.gaps)


@dataclass(frozen=True)
class Pairs:
    """Samples of this system and of Celery's canvas, taken in turn."""

    pairs: Sequence[tuple[Sample, Sample]]

    @property
    def total(self) -> float:
        """Return how many times as long as a canvas a flow takes."""
        return statistics.median(ours.total / raw.total for ours, raw in self.pairs)

    @property
    def gap(self) -> float:
        """Return how many times as long as in a canvas it takes from one task to the next."""
        return statistics.median(ours.gap / raw.gap for ours, raw in self.pairs)

    @property
    def gaps(self) -> tuple[float, float]:
        """Return milliseconds from one task to the next, here and in a canvas."""
        ours, raw = zip(*self.pairs, strict=True)
        return gap(ours), gap(raw)


def gap(samples: Sequence[Sample]) -> float:
    """Return milliseconds from the start of a task to that of the next, the median over samples."""
    return statistics.median(sample.gap for sample in samples) * MILLISECONDS
