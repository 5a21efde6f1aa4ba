"""The tasks of `flow1`: bring the spacing of a text in order, in rounds, until a round finds nothing to do."""

from __future__ import annotations

import re
from typing import Any

from selinon import SelinonTask


def tidied(text: str) -> str:
    """Return the text with single spaces, none before a punctuation mark and one after it."""
    closed_up = re.sub(r"\s+([.,;:!?])", r"\1", text)
    opened = re.sub(r"([.,;:!?])(?=\w)", r"\1 ", closed_up)
    return re.sub(r"\s+", " ", opened).strip()


class Draft(SelinonTask):
    """Take the text of the flow's arguments, or from the second round on the reviewed one, and judge it."""

    def run(self, node_args: Any) -> dict[str, Any]:
        """Return the text, the number of the round, and whether the text is `tidy` or `untidy`."""
        if "Review" in (self.parent or {}):
            review = self.parent_task_result("Review")
            text, number = review["text"], review["round"] + 1
        else:
            text, number = node_args["text"], 1
        state = "tidy" if text == tidied(text) else "untidy"
        return {"text": text, "state": state, "round": number}


class FixSpacing(SelinonTask):
    """Correct the draft."""

    def run(self, node_args: Any) -> dict[str, Any]:
        """Return the corrected text, the number of the round and whether anything changed."""
        draft = self.parent_task_result("Draft")
        text = tidied(draft["text"])
        return {"text": text, "round": draft["round"], "changed": text != draft["text"]}


class Review(SelinonTask):
    """Decide, on the corrected text and its words, whether another round is needed."""

    def run(self, node_args: Any) -> dict[str, Any]:
        """Return the text, its most frequent word and the verdict: `again` if something was corrected."""
        fixed = self.parent_task_result("FixSpacing")
        ranking = self.parent_flow_result("flow2", "RankWords")
        return {
            "text": fixed["text"],
            "round": fixed["round"],
            "frequent": ranking[0]["word"] if ranking else None,
            "verdict": "again" if fixed["changed"] else "done",
        }
