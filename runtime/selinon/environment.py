"""References to environment variables in texts: `{NAME}`, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_PIECE = r"[^{}]+|\{\{|\}\}|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<brace>[{}])"


def environment_names(template: str) -> tuple[str, ...]:
    """Return the names of the environment variables that a text refers to as `{NAME}`, in order, each once.

    `{{` and `}}` stand for literal braces.

    Raises:
        ValueError: a brace is neither doubled nor part of a reference.
    """
    return tuple(dict.fromkeys(name for _, name in _pieces(template) if name is not None))


def expand(template: str, environment: Mapping[str, str]) -> str:
    """Return a text with every `{NAME}` replaced, in one pass: values are not looked at again.

    Raises:
        ValueError: the text is no valid template.
        KeyError: a variable is not set.
    """
    return "".join(text if name is None else environment[name] for text, name in _pieces(template))


def _pieces(template: str) -> Iterator[tuple[str, str | None]]:
    if "{" not in template and "}" not in template:  # most queues; nothing is compiled for them
        yield template, None
        return
    for match in re.finditer(_PIECE, template):
        name, brace = match["name"], match["brace"]
        if brace:
            raise ValueError(
                f"`{template[match.start() :][:20]}` is not a reference of the form `{{NAME}}`"
            )
        yield match[0][:1] if match[0] in ("{{", "}}") else match[0], name
