"""The tasks of `flow2`: which words a text has, and which of them are frequent."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from selinon import FatalTaskError, SelinonTask


class CountWords(SelinonTask):
    """Count the words of the text in the flow's arguments."""

    def run(self, node_args: Any) -> dict[str, Any]:
        """Return the number of words and how often each occurs, in lower case.

        Raises:
            FatalTaskError: the arguments hold no text; another attempt would not find one either.
        """
        if "text" not in (node_args or {}):
            raise FatalTaskError("flow2 needs the argument `text`")
        counts = Counter(re.findall(r"\w+", node_args["text"].lower()))
        return {"total": counts.total(), "counts": dict(counts)}


class RankWords(SelinonTask):
    """Order the words that were counted."""

    LONGEST = 5

    def run(self, node_args: Any) -> list[dict[str, Any]]:
        """Return the most frequent words with their share of the text, equally frequent ones by the alphabet."""
        found = self.parent_task_result("CountWords")
        order = sorted(found["counts"].items(), key=lambda entry: (-entry[1], entry[0]))
        return [
            {"word": word, "share": round(count / found["total"], 3)}
            for word, count in order[: self.LONGEST]
        ]
