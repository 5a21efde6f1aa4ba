"""What the process that runs flows and one that runs tasks tell each other, over a socket.

A message is a kind and a body, pickled apart, so that a body that cannot be read says nothing about the next message.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from enum import Enum
from multiprocessing.connection import Connection
from typing import Any

from selinon.errors import SelinonError
from selinon.execution import Failed, TaskOutcome
from selinon.trace import Event

__all__ = [
    "Kind",
    "TransferError",
    "decoded",
    "encoded",
    "portable_event",
    "portable_exception",
    "portable_outcome",
    "receive",
    "send",
]


class Kind(Enum):
    """What a message is about; the first three go to the process that runs tasks, the others come from it."""

    SETUP = "setup"
    CALL = "call"
    ANSWER = "answer"
    ASK = "ask"
    EVENT = "event"
    LOG = "log"
    OUTCOME = "outcome"
    STOP = "stop"


class TransferError(SelinonError):
    """Something cannot be handed to another process."""


class _RemoteTraceback(Exception):
    """The traceback of an exception in the process in which it was raised; shown as its cause."""

    def __init__(self, text: str) -> None:
        super().__init__(text)

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def encoded(value: Any, what: str) -> bytes:
    """Return a value as bytes; raises `TransferError`, which names it by `what`, when that cannot be."""
    try:
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise TransferError(
            f"{what} cannot be handed to another process: {type(error).__name__}: {error}"
        ) from None


def decoded(body: bytes, what: str) -> Any:
    """Return the value that bytes stand for; raises `TransferError` as `encoded` does."""
    try:
        return pickle.loads(body)
    except Exception as error:
        raise TransferError(
            f"{what} cannot be taken over from another process: {type(error).__name__}: {error}"
        ) from None


def send(connection: Connection, kind: Kind, body: bytes) -> None:
    """Send a message; raises OSError when nobody is there any more."""
    connection.send_bytes(pickle.dumps((kind.value, body)))


def receive(connection: Connection) -> tuple[Kind, bytes]:
    """Return the next message; raises EOFError or OSError when nobody is there any more."""
    kind, body = pickle.loads(connection.recv_bytes())
    return Kind(kind), body


def portable_exception(error: BaseException) -> BaseException:
    """Return the exception, or when it cannot be pickled, one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return TransferError(f"{type(error).__name__}: {error}")
    return error


def portable_outcome(outcome: TaskOutcome) -> TaskOutcome:
    """Return an outcome that can be pickled; its exception has the traceback as its cause."""
    if not isinstance(outcome, Failed):
        return outcome
    return replace(outcome, exception=portable_exception(outcome.exception))


def with_traceback(error: BaseException, text: str) -> BaseException:
    """Return an exception that came from another process, with its traceback there as its cause."""
    error.__cause__ = _RemoteTraceback(text)
    return error


def portable_event(event: Event) -> Event:
    """Return an event that can be pickled: what cannot be is replaced by its representation."""
    changes = {}
    for name, value in event.details().items():
        try:
            pickle.dumps(value)
        except Exception:
            changes[name] = repr(value)
    return event.changed(**changes)
