"""Comparing two systems on one application, and accounting for the differences by classes that are known."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.conformance.compare import differences
from tests.conformance.known import KNOWN, REFUSALS, Known, Request, Result, Seen

Player: TypeAlias = Callable[[Request], Result]


@dataclass(frozen=True)
class Verdict:
    """What a comparison came to: the differences, the least classes that account for them, and what they leave.

    `status` is that of this side: nothing was compared of what was refused or given up as `unbounded`.
    """

    request: Request
    status: str
    differences: list[str]
    classes: tuple[str, ...]
    unexplained: list[str]


def judge(request: Request, original: Player, here: Player) -> Verdict:
    """Play a case under both systems, and account for the differences."""
    original, here = _remembering(original), _remembering(here)
    seen = Seen(request, original(request), here(request))
    found, status = differences(seen.original, seen.here), seen.here["status"]
    if not found:
        return Verdict(request, status, [], (), [])
    codes = re.findall(r"^error\[(\w+)\]", seen.here.get("reason", ""), re.MULTILINE)
    for refusal in REFUSALS:
        accepted = seen.original["status"] in ("ended", "unbounded")
        if accepted and {refusal.code} == set(codes) and refusal.applies(seen):
            return Verdict(request, status, found, (refusal.name,), [])
    chosen: list[Known] = []
    unexplained = found
    # What a fault has kept from happening may show another one.
    while (
        unexplained
        and (more := [one for one in KNOWN if one in chosen or one.applies(seen)]) != chosen
    ):
        chosen = more
        seen = Seen(request, *_played(request, chosen, original, here))
        unexplained = _left(chosen, seen)
    if unexplained:
        return Verdict(request, status, found, (), unexplained)
    return Verdict(request, status, found, _least(request, chosen, original, here), [])


def _least(
    request: Request, chosen: list[Known], original: Player, here: Player
) -> tuple[str, ...]:
    """Return the names of the classes that account for all differences: a single one if one does, else a least set."""

    def suffices(some: list[Known]) -> bool:
        return not _left(some, Seen(request, *_played(request, some, original, here)))

    for known in chosen:
        if suffices([known]):
            return (known.name,)
    for known in list(chosen):
        fewer = [other for other in chosen if other is not known]
        if suffices(fewer):
            chosen = fewer
    return tuple(known.name for known in chosen)


def _remembering(player: Player) -> Player:
    """Return a player that plays nothing twice."""
    played: dict[str, Result] = {}

    def play(request: Request) -> Result:
        key = json.dumps(request, sort_keys=True)
        if key not in played:
            played[key] = player(request)
        return played[key]

    return play


def _played(
    request: Request, chosen: Iterable[Known], original: Player, here: Player
) -> tuple[Result, Result]:
    """Play a case with these classes accounted for."""
    there: Any = dict(request, mended=[known.name for known in chosen])
    now: Any = request
    for known in chosen:
        there, now = known.request(there), known.request_here(now)
    return original(there), here(now)


def _left(chosen: Iterable[Known], seen: Seen) -> list[str]:
    """Return the differences that are left in the eyes of these classes."""
    there: Any = seen.original
    now: Any = seen.here
    for known in chosen:
        there, now = known.view(there), known.view(now)
    return differences(there, now)
