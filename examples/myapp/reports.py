"""The tasks of `report`: read a text, cut it into paragraphs, and make a page of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from selinon import SelinonTask

SAMPLE = """\
A task computes a result, and a storage keeps it.

A flow says which task follows which. A flow can be a node of another flow, and the way from one node to the
next can depend on a result.

When a task fails, a fallback can take its place.
"""


class Load(SelinonTask):
    """Read the text file which the flow's arguments name."""

    def run(self, node_args: Any) -> dict[str, str]:
        """Return where the text is from, and the text.

        Raises:
            OSError: the file cannot be read; after the retries, the flow's fallback answers this.
        """
        path = Path(node_args["path"])
        return {"origin": path.name, "text": path.read_text(encoding="utf-8")}


class SampleText(SelinonTask):
    """Give a text that is always there."""

    def run(self, node_args: Any) -> dict[str, str]:
        """Return where the text is from, and the text."""
        return {"origin": "sample", "text": SAMPLE}


class Split(SelinonTask):
    """Cut the text into paragraphs; it comes from `Load`, or from `UseSample` when that failed."""

    def run(self, node_args: Any) -> dict[str, Any]:
        """Return the paragraphs, each on one line, and the number of words of all of them."""
        source = "Load" if "Load" in (self.parent or {}) else "UseSample"
        text = self.parent_task_result(source)["text"]
        paragraphs = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
        return {"paragraphs": paragraphs, "words": len(text.split())}


class Outline(SelinonTask):
    """Make the heading that all pages share."""

    def run(self, node_args: Any) -> dict[str, str]:
        """Return the heading: the first words of the text and how long the text is."""
        split = self.parent_task_result("Split")
        opening = " ".join(split["paragraphs"][0].split()[:4]) if split["paragraphs"] else "Nothing"
        return {"heading": f"{opening} … ({split['words']} words)"}


class Page(SelinonTask):
    """Put the heading and the words of one paragraph together."""

    def run(self, node_args: Any) -> dict[str, Any]:
        """Return the heading, the number of words of the paragraph and the frequent ones."""
        ranking = self.parent_flow_result("flow2", "RankWords")
        return {
            "heading": self.parent_task_result("Outline")["heading"],
            "words": self.parent_flow_result("flow2", "CountWords")["total"],
            "frequent": [entry["word"] for entry in ranking],
        }
