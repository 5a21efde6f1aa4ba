"""That a process runs code of users, and that it is alive: one registration for all that it runs."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from selinon.errors import StoreError
from selinon.store.protocol import PROCESS_LEASE, Store

__all__ = ["Process"]

_LOGGER = logging.getLogger(__name__)


class Process:
    """This process, as the store knows it.

    It says that it is alive before it claims something, and a thread says so again for as long as something runs; a
    process that runs nothing says nothing. The thread belongs to the process that runs the code, so that one which
    hangs as a whole loses what it holds.
    """

    def __init__(self, store: Store) -> None:
        self.id = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._store = store
        self._lock = threading.Lock()
        self._known_until = 0.0
        self._running = 0
        self._claims = 0
        self._thread: threading.Thread | None = None

    def token(self) -> str:
        """Return what tells a claim from all others of this process, once it is known to be alive."""
        with self._lock:
            if self._known_until - time.monotonic() < PROCESS_LEASE / 2:
                self._say_so()
            self._claims += 1
            return str(self._claims)

    def _say_so(self) -> None:
        began = time.monotonic()
        self._store.register(self.id, PROCESS_LEASE)
        self._known_until = began + PROCESS_LEASE

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep this process known to be alive."""
        with self._lock:
            self._running += 1
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._beat, name="selinon-process", daemon=True
                )
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1

    def _beat(self) -> None:
        while True:
            time.sleep(PROCESS_LEASE / 3)
            with self._lock:
                if not self._running:
                    continue
                try:
                    self._say_so()
                except StoreError as error:
                    # What is lost by it is recorded as lost, and a late return of it changes nothing.
                    _LOGGER.warning("this process cannot say that it is alive: %s", error)
