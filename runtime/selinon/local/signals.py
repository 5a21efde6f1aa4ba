"""Ctrl-C and the request to terminate, turned into an exception where it does no harm.

Python raises `KeyboardInterrupt` between any two instructions: also while a task is handed to a thread, or while a
destructor runs, where it is lost. Here it is raised in released sections only, which are the code of users and waiting;
anywhere else a signal is remembered until the next released section.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import FrameType, TracebackType
from typing import Any, TypeAlias

__all__ = ["Interrupted", "Release", "Signals", "always_released"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Release: TypeAlias = Callable[[], AbstractContextManager[object]]
"""Opens a section in which a signal may be raised."""

always_released: Release = nullcontext
"""Of a program that leaves signals as they are."""


class Interrupted(KeyboardInterrupt):
    """The process was asked to end by the signal `signum`."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


class Signals:
    """Handlers of the main thread for both signals, as long as the context is open; what is ignored stays ignored."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._noted: int | None = None
        self._released = False

    def __enter__(self) -> Signals:
        for signum in _SIGNALS:
            if signal.getsignal(signum) is not signal.SIG_IGN:
                self._before[signum] = signal.signal(signum, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)
        if kind is None:
            self._check()

    def released(self) -> AbstractContextManager[None]:
        """Return a section in which a signal is raised as `Interrupted`, one that came before it included."""
        return _Section(self)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        again, self._noted = self._noted is not None, signum
        if self._released or again:
            raise Interrupted(signum)

    def _check(self) -> None:
        if self._noted is not None:
            raise Interrupted(self._noted)


class _Section:
    """A section; users' code in it may have swallowed the exception, which is then raised at its end."""

    __slots__ = ("_signals",)

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    def __enter__(self) -> None:
        self._signals._released = True
        self._signals._check()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._signals._released = False
        if kind is None:
            self._signals._check()
