"""How the parts of a step ask: they are generators that yield asks, are sent the answers, and return a value."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

from selinon.engine.asks import Ask, UserError

T = TypeVar("T")
Asking: TypeAlias = Generator[Ask, Any, T]
"""A part of a step: it yields asks, is sent the answers, and returns a value."""


class RaisedError(Exception):
    """User code raised while it was asked, or what it decided leads nowhere."""


def asked(ask: Ask) -> Asking[Any]:
    """Yield an ask; return its answer, or raise when user code did."""
    answer = yield ask
    if isinstance(answer, UserError):
        raise RaisedError(answer.reason)
    return answer
