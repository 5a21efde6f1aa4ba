"""From the `trace` section of a configuration to sinks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from selinon.abi import TraceSpec, expand
from selinon.errors import ConfigurationError
from selinon.trace.sinks import FunctionSink, JsonSink, LoggingSink, SentrySink, StorageSink
from selinon.trace.tracer import Sink

__all__ = ["configured_sinks"]

_ORDER = ("logging", "storage", "function", "sentry", "json")


def configured_sinks(
    specs: Iterable[TraceSpec], borrow: Callable[[str], AbstractContextManager[object]]
) -> list[Sink]:
    """Return the sinks that are specified, those of a kind in the order of the specifications.

    `borrow` opens the storage of a name for one call, as `Storages.borrow` does.

    Raises:
        ConfigurationError: a specification lacks what its kind needs, or a variable it refers to is not set.
        ImportError: a function of the user or a library cannot be imported.
    """
    ordered = sorted(specs, key=lambda spec: _ORDER.index(spec.kind))
    return [_sink(spec, borrow) for spec in ordered]


def _sink(spec: TraceSpec, borrow: Callable[[str], AbstractContextManager[object]]) -> Sink:
    match spec:
        case TraceSpec(kind="logging"):
            return LoggingSink()
        case TraceSpec(kind="json"):
            return JsonSink()
        case TraceSpec(kind="function", function=function) if function is not None:
            return FunctionSink(function.resolve())
        case TraceSpec(kind="storage", storage=str(storage), method=method):
            return StorageSink(lambda: borrow(storage), method or "trace")
        case TraceSpec(kind="sentry", dsn=str(dsn)):
            return _sentry(dsn)
        case _:
            raise ConfigurationError(f"tracing by {spec.kind!r} lacks what it needs: {spec}")


def _sentry(dsn: str) -> SentrySink:
    try:
        return SentrySink(expand(dsn, os.environ))
    except KeyError as error:
        raise ConfigurationError(f"the environment variable {error} is not set") from None
    except ValueError as error:  # also what Sentry raises
        raise ConfigurationError(f"the DSN of Sentry is wrong: {error}") from None
