"""A chain: fetch a text, count its letters, report."""

from selinon import SelinonTask


def note(event, details):
    """Take note of an event."""


class Fetch(SelinonTask):
    """Return the text of the arguments, at the second attempt."""

    attempts = 0

    def run(self, node_args):
        """Fail once."""
        Fetch.attempts += 1
        if Fetch.attempts == 1:
            raise ConnectionError("the line is busy")
        return {"text": node_args["text"]}


class CountLetters(SelinonTask):
    """Count letters."""

    def run(self, node_args):
        """Return the number of letters in the fetched text."""
        text = self.parent_task_result("Fetch")["text"]
        return {"letters": sum(map(str.isalpha, text))}


class Report(SelinonTask):
    """Report what was counted."""

    def run(self, node_args):
        """Return a sentence; it is not stored."""
        return f"{self.parent_task_result('Count')['letters']} letters"
