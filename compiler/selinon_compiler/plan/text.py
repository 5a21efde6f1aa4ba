"""The text of a plan, as lines: what stands around them, and how they are found again."""

from __future__ import annotations

from collections.abc import Iterable

_HEAD = '{\n"flows": ['
_NONE = f"{_HEAD}],\n"
_END_OF_FLOWS = "\n],\n"
_TAIL = "\n}\n"


def document(flows: Iterable[str], nodes: str) -> str:
    """Return the text of a plan from the lines of its flows, sorted by their names, and the text of the rest."""
    return f"{{\n{section('flows', '[', flows, ']')},\n{nodes}{_TAIL}"


def section(key: str, opening: str, lines: Iterable[str], closing: str) -> str:
    """Return a list or an object with one entry a line."""
    body = ",\n".join(lines)
    return f'"{key}": {opening}\n{body}\n{closing}' if body else f'"{key}": {opening}{closing}'


def split(text: str) -> tuple[list[str], str]:
    """Return the lines and the text that `document` made a text of; of any other text, something.

    Raises ValueError where the flows do not end.
    """
    if text.startswith(_NONE):
        return [], text[len(_NONE) : -len(_TAIL)]
    end = text.index(_END_OF_FLOWS)
    lines = text[len(_HEAD) + 1 : end].split(",\n")
    return lines, text[end + len(_END_OF_FLOWS) : -len(_TAIL)]
