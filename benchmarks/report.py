"""What a group of measurements comes to, and its table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.processes import Series

__all__ = ["Figure", "Report", "table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A value derived from measurements beside the one that is wanted.

    `measured` is None when it was not measured, `wanted` when it is only there to compare with.
    """

    name: str
    measured: float | None
    bound: Literal["at most", "at least"] = "at most"
    wanted: float | None
    unit: str = ""

    @property
    def verdict(self) -> str:
        """Return whether the measured value is as wanted."""
        if self.measured is None:
            return "not measured"
        if self.wanted is None:
            return ""
        if self.bound == "at least":
            return "met" if self.measured >= self.wanted else "missed"
        return "met" if self.measured <= self.wanted else "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The measurements of a group, in the order of its rounds, and the figures derived from them.

    There are no `series` where it is not whole processes that are measured.
    """

    title: str
    series: tuple[Series, ...]
    figures: tuple[Figure, ...]


def table(report: Report) -> str:
    """Return a table for people: the processes that were measured, each by its medians, then the figures."""
    processes = [_process(series) for series in report.series]
    rows = [
        *([("process", "rounds", "CPU s", "wall s", "peak MiB")] if processes else []),
        *processes,
        ("figure", "measured", "wanted", ""),
        *(_figure(figure) for figure in report.figures),
    ]
    return "".join(f"{line}\n" for line in (report.title, *_aligned(rows)))


def _process(series: Series) -> tuple[str, ...]:
    used = (series.cpu, series.wall, series.peak)
    return (series.name, str(len(series.usages)), *(_number(value) for value in used))


def _figure(figure: Figure) -> tuple[str, ...]:
    measured = "" if figure.measured is None else _with_unit(figure.measured, figure.unit)
    wanted = "" if figure.wanted is None else _with_unit(figure.wanted, figure.unit)
    return (figure.name, measured, f"{figure.bound} {wanted}" if wanted else "", figure.verdict)


def _with_unit(value: float, unit: str) -> str:
    return f"{_number(value)} {unit}".rstrip()


def _number(value: float) -> str:
    """Return three digits of a number, but all those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows with the first column to the left and the others to the right of their columns."""
    for first, *others in rows:
        cells = "".join(f"{cell:>16}" for cell in others)
        yield f"  {first:<41}{cells}".rstrip()
