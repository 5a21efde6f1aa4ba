"""What the plan of a flow and its places depend on, beyond the declaration of the flow and the kinds of its nodes.

before: Signature(parameters=(Parameter('message', …), Parameter('key', …)))
after:  ('message',)
"""

from __future__ import annotations

import os

from selinon_compiler.model import Signature
from selinon_compiler.source import SourceFile


def takes(signature: Signature | None) -> tuple[str, ...] | None:
    """Return what a predicate wants besides its arguments; None when its signature is not known."""
    return None if signature is None else signature.provided


_SEPARATORS = os.sep + (os.altsep or "")


class RelativePaths:
    """Paths of files relative to the directory of the nodes file, with `/` between their parts."""

    def __init__(self, nodes_file: SourceFile) -> None:
        self._base = os.path.dirname(nodes_file.path) or "."
        self._directories: dict[str, str] = {}

    def of(self, file: SourceFile) -> str:
        """Return the path of a file."""
        path = file.path
        start = max(map(path.rfind, _SEPARATORS)) + 1
        directory, name = path[:start], path[start:]
        if directory not in self._directories:
            relative = os.path.relpath(directory or ".", self._base).replace(os.sep, "/")
            self._directories[directory] = "" if relative == "." else f"{relative}/"
        return self._directories[directory] + name
