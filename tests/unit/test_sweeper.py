"""The safety net of a worker, as a thread of a process that forks others."""

from __future__ import annotations

import os
import threading
import time
from typing import Any
from unittest import mock

from selinon.worker.sweeper import Sweeper


def test_a_process_is_not_forked_while_the_safety_net_is_at_work() -> None:
    """A lock that the net holds at that moment would be held for ever in the new process."""
    lock, at_work = threading.Lock(), threading.Event()

    def due(limit: int) -> tuple[tuple[()], float]:
        with lock:
            at_work.set()
            time.sleep(0.2)
        return (), 10.0

    store: Any = mock.Mock(due=due, wait=lambda timeout: time.sleep(0.01))
    sweeper = Sweeper(store, mock.Mock(), mock.Mock(), mock.Mock())
    sweeper.start()
    try:
        for _ in range(3):
            at_work.clear()
            assert at_work.wait(5)
            child = os.fork()
            if child == 0:
                os._exit(0 if lock.acquire(timeout=1) else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        sweeper.stop()
        sweeper.join()
