"""What comparisons came to, in words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from tests.conformance.judging import Verdict

MOST_LINES = 12


class Tally:
    """Counts verdicts."""

    def __init__(self) -> None:
        self.unexplained: list[Verdict] = []
        self._count = self._equal = self._left_out = 0
        self._known: Counter[tuple[str, ...]] = Counter()

    def add(self, verdict: Verdict) -> None:
        """Count a verdict; one that is not accounted for is kept."""
        self._count += 1
        if verdict.unexplained:
            self.unexplained.append(verdict)
        elif verdict.classes:
            self._known[verdict.classes] += 1
        elif verdict.status == "ended":
            self._equal += 1
        else:
            self._left_out += 1

    def lines(self) -> Iterator[str]:
        """Yield the shares, then how often each class was named, alone and in all."""
        known = self._known.total()
        yield (
            f"{self._count} applications: {self._equal} alike, {known} with known differences "
            f"({100 * known / max(1, self._count):.1f} %), {len(self.unexplained)} unexplained, "
            f"{self._left_out} refused or without an end under both"
        )
        names = {name for classes in self._known for name in classes}
        counts = {
            name: sum(count for classes, count in self._known.items() if name in classes)
            for name in names
        }
        for name in sorted(names, key=lambda name: (-counts[name], name)):
            yield f"  {counts[name]:5} {name} ({self._known[name,]} of them alone)"


def described(verdict: Verdict) -> str:
    """Return all that is needed to look into a verdict that is not accounted for."""
    request = verdict.request
    lines = verdict.unexplained[:MOST_LINES]
    return "\n".join(
        (
            f"--- seed {request['seed']}: these differences are not known",
            *(f"    {line}" for line in lines),
            f"    and {len(verdict.unexplained) - len(lines)} more",
            request["flows"],
            request["nodes"],
            f"args: {json.dumps(request['args'])}",
            f"table: {json.dumps(request['table'])}",
        )
    )
