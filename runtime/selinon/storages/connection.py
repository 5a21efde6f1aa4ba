"""The one instance of a storage that a process has."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext

from selinon.abi import StorageSpec
from selinon.errors import StorageError
from selinon.storages.adapter import DataStorage

__all__ = ["Connection"]

_LOGGER = logging.getLogger(__name__)


class Connection:
    """A storage's adapter: made when it is first needed, connected whenever it is not, used by one call at a time.

    `connected` is called after each connect, with no lock held.
    """

    def __init__(self, spec: StorageSpec, connected: Callable[[], None]) -> None:
        self._spec = spec
        self._connected = connected
        # A trace function may use the storage whose use it traces, hence from the same thread.
        self._lock = threading.RLock()
        self._adapter: DataStorage | None = None

    def adapter(self) -> DataStorage:
        """Return the adapter, connected.

        Raises:
            StorageError: it cannot be made or connected; the original error is the cause.
        """
        try:
            with self._lock:
                if self._adapter is None:
                    self._adapter = _make(self._spec)
                adapter = self._adapter
                fresh = not adapter.is_connected()
                if fresh:
                    adapter.connect()
        except Exception as error:
            raise StorageError(
                f"storage {self._spec.name!r} cannot be connected to: {error!r}"
            ) from error
        if fresh:
            self._connected()
        return adapter

    @contextmanager
    def borrow(self) -> Iterator[DataStorage]:
        """Open the adapter for one call: connected, and with other calls kept away unless it is thread-safe.

        Raises:
            StorageError: as `adapter` does.
        """
        adapter = self.adapter()
        with nullcontext() if getattr(adapter, "thread_safe", False) else self._lock:
            yield adapter

    def disconnect(self) -> None:
        """Disconnect, if there is a connection; what goes wrong is logged."""
        with self._lock:
            if self._adapter is None:
                return
            try:
                if self._adapter.is_connected():
                    self._adapter.disconnect()
            except Exception:
                _LOGGER.exception("storage %r failed to disconnect", self._spec.name)


def _make(spec: StorageSpec) -> DataStorage:
    """Return a new instance of the adapter."""
    kind: Callable[..., DataStorage] = spec.adapter.resolve()
    if isinstance(spec.configuration, Mapping):
        return kind(**spec.configuration)
    return kind() if spec.configuration is None else kind(spec.configuration)
