"""Signals: raised in released sections only, and never lost."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress

import pytest

from selinon.local.signals import Interrupted, Signals


def _raised(body: Callable[[Signals], object]) -> int:
    """Call a function within the context of the handlers; return the signal that was raised."""
    with pytest.raises(Interrupted) as raised:
        _within(body)
    return raised.value.signum


def _within(body: Callable[[Signals], object]) -> None:
    with Signals() as signals:
        body(signals)


def test_a_signal_waits_for_a_released_section() -> None:
    """Elsewhere it is remembered; at the next released section it is raised, before anything in that runs."""
    reached = []

    def body(signals: Signals) -> None:
        signal.raise_signal(signal.SIGTERM)
        reached.append("held")
        with signals.released():
            reached.append("released")

    assert (_raised(body), reached) == (signal.SIGTERM, ["held"])


def test_a_signal_is_raised_at_once_in_a_released_section() -> None:
    """There, code of users runs for any length of time."""
    reached = []

    def body(signals: Signals) -> None:
        with signals.released():
            signal.raise_signal(signal.SIGINT)
            reached.append("after")

    assert (_raised(body), reached) == (signal.SIGINT, [])


def test_a_signal_without_a_released_section_is_raised_at_the_end() -> None:
    """A signal in the last moment is not lost."""
    assert _raised(lambda signals: signal.raise_signal(signal.SIGTERM)) == signal.SIGTERM


def test_a_signal_cannot_be_swallowed() -> None:
    """When the code of users catches the exception, it is raised again after it."""
    reached = []

    def body(signals: Signals) -> None:
        with signals.released(), suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        reached.append("after")

    assert (_raised(body), reached) == (signal.SIGINT, [])


def test_a_second_signal_is_raised_anywhere() -> None:
    """Who asks twice does not wait."""
    reached = []

    def body(signals: Signals) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        reached.append("after")

    assert (_raised(body), reached) == (signal.SIGINT, [])


def test_handlers_are_put_back() -> None:
    """Afterwards signals mean what they meant before; one that was ignored is ignored throughout."""
    before = signal.getsignal(signal.SIGINT)
    ignored = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with Signals() as signals:
            assert signal.getsignal(signal.SIGINT) != before
            with signals.released():
                signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGINT) == before
    finally:
        signal.signal(signal.SIGTERM, ignored)
