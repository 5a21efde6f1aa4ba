"""The text of a plan, as lines: what stands around them, and how they are found again.

It is in ASCII and may be large, so lines that are found again are views of it, not copies.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Line: TypeAlias = bytes | memoryview

_HEAD = b'{\n"flows": [\n'
_NONE = b'{\n"flows": [],\n'
_BETWEEN = b",\n"
_END_OF_FLOWS = b"\n],\n"
_TAIL = b"\n}\n"


def document(flows: Iterable[Line], rest: Line) -> bytes:
    """Return the text of a plan from the lines of its flows, sorted by their names, and the text of the rest."""
    lines = [line for flow in flows for line in (_BETWEEN, flow)]
    if not lines:
        return b"".join((_NONE, rest, _TAIL))
    return b"".join((_HEAD, *lines[1:], _END_OF_FLOWS, rest, _TAIL))


def section(key: str, opening: str, lines: Iterable[str], closing: str) -> str:
    """Return a list or an object with one entry a line."""
    body = ",\n".join(lines)
    return f'"{key}": {opening}\n{body}\n{closing}' if body else f'"{key}": {opening}{closing}'


def split(text: bytes) -> tuple[list[Line], Line]:
    """Return the lines and the text that `document` made a text of; of any other text, something.

    Raises ValueError where the flows do not end.
    """
    whole = memoryview(text)
    if text.startswith(_NONE):
        return [], whole[len(_NONE) : -len(_TAIL)]
    end = text.index(_END_OF_FLOWS)
    start, lines = len(_HEAD), list[Line]()
    while (stop := text.find(_BETWEEN, start, end)) >= 0:
        lines.append(whole[start:stop])
        start = stop + len(_BETWEEN)
    lines.append(whole[start:end])
    return lines, whole[end + len(_END_OF_FLOWS) : -len(_TAIL)]
