"""The configuration in use: what happens when another one takes its place, and what a program adds to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from selinon import registry
from selinon.errors import ConfigNotInitializedError, ConfigurationError
from selinon.loading import LoadedPackage, MemoryFiles, import_package
from selinon.registry import Deployment

if TYPE_CHECKING:
    from selinon.trace import Sink

__all__ = ["add_sink", "use_files", "use_package", "with_environment"]

_WAITING: list[Sink] = []
"""Sinks that the program added when nothing was configured: they go to the first configuration."""


def use_files(
    name: str, files: Mapping[str, bytes], before: Callable[[], None] | None = None
) -> None:
    """Use a package that is in memory, whose files are called `<name/…>` in tracebacks.

    `before` is called when nothing can go wrong any more but itself.

    Raises:
        ConfigurationError: the package cannot be used.
    """
    memory = MemoryFiles(name, files)
    with _lines_replaced(memory.label("").removesuffix(">")):
        _use(LoadedPackage(memory), before)


def use_package(name: str) -> None:
    """Use an installed package; raises ConfigurationError when it cannot be used."""
    with _lines_replaced(None):
        _use(import_package(name))


def _use(package: LoadedPackage, before: Callable[[], None] | None = None) -> None:
    """Make a package the one that is in use, once everything is known to be fine and `before` was called."""
    deployment = with_environment(Deployment(package))
    for sink in _WAITING:
        _append(deployment, sink)
    if before is not None:
        before()
    previous = _in_use()
    registry.set_current(deployment)
    _WAITING.clear()
    if previous is not None:
        previous.storages.close()


def _in_use() -> Deployment | None:
    try:
        return registry.current()
    except ConfigNotInitializedError:
        return None


def with_environment(deployment: Deployment) -> Deployment:
    """Return a deployment that has all its environment; raises ConfigurationError naming every variable it lacks."""
    missing = deployment.missing_environment()
    if missing:
        raise ConfigurationError(f"environment variables are not set: {', '.join(missing)}")
    return deployment


_LINES: list[str] = []
"""How names of files begin under which `linecache` keeps the source of the configuration in use, if it is in memory."""


@contextmanager
def _lines_replaced(prefix: str | None) -> Iterator[None]:
    """Forget the source of the configuration in use in favour of another one, unless that cannot be used."""
    kept = _forgotten(_LINES)
    own = [] if prefix is None else [prefix]
    try:
        yield
    except BaseException:
        _forgotten(own)
        _remembered(kept)
        raise
    _LINES[:] = own


def _forgotten(prefixes: list[str]) -> dict[str, Any]:
    if not prefixes:
        return {}
    import linecache

    labels = [label for label in list(linecache.cache) if label.startswith(tuple(prefixes))]
    return {label: linecache.cache.pop(label) for label in labels}


def _remembered(lines: dict[str, Any]) -> None:
    import linecache

    linecache.cache.update(lines)


def add_sink(sink: Sink) -> None:
    """Add a sink to the configuration in use or, when there is none yet, to the next one."""
    deployment = _in_use()
    if deployment is None:
        _WAITING.append(sink)
    else:
        _append(deployment, sink)


def _append(deployment: Deployment, sink: Sink) -> None:
    """Add a sink; the two kinds of which a second one would only say everything twice are there once."""
    from selinon.trace import JsonSink, LoggingSink

    sinks = deployment.tracer.sinks
    if not (isinstance(sink, LoggingSink | JsonSink) and type(sink) in map(type, sinks)):
        deployment.tracer.sinks = (*sinks, sink)
