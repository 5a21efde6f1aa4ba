"""The safety net: what is due is hinted at again, and what was lost with its process is noticed.

Any number of sweepers may be at work, or none for a while: what comes up is held for one of them, and comes up again.
No code of users runs here.

A worker forks the processes that run tasks off its main process, where a sweeper is a thread. What a lock protects that
this thread holds at such a moment would be locked in the new process for ever, so forks wait until it holds none.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from typing import Final

from selinon.engine import NodeFailed
from selinon.errors import StoreError
from selinon.execution import Failed
from selinon.store.protocol import PROCESS_LEASE, Due, Finding, Store
from selinon.worker.driver import Driver, hint_of
from selinon.worker.outlet import Outlet
from selinon.worker.settings import Settings
from selinon.worker.texts import read_node, write_event

__all__ = ["Sweeper"]

_LOGGER = logging.getLogger(__name__)

_ROUND: Final = 10.0
"""Seconds between two looks at what is due, unless something is due earlier."""

_BATCH: Final = 200

_AT_WORK: Final = threading.Lock()
"""Held while a sweeper of this process does anything, and while this process forks."""

_FORK_WAITS: Final = 5.0
"""Seconds for which a fork waits at most: a sweeper may wait longer than that for a store that does not answer."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0


class Sweeper(threading.Thread):
    """A thread that looks for what is due until it is told to stop."""

    def __init__(self, store: Store, outlet: Outlet, driver: Driver, settings: Settings) -> None:
        super().__init__(name="selinon-sweeper", daemon=True)
        self._store = store
        self._outlet = outlet
        self._driver = driver
        self._settings = settings
        self._over = threading.Event()
        self._trust_losses_from = 0.0

    def stop(self) -> None:
        """Stop before the next round."""
        self._over.set()

    def run(self) -> None:
        """Look for what is due, round after round; an error costs a pause, and nothing else."""
        pause = _FIRST_PAUSE
        while not self._over.is_set():
            try:
                with _AT_WORK:
                    due_after = self.sweep()
                self._store.wait(due_after)
                pause = _FIRST_PAUSE
            except StoreError as error:
                # Nobody could say that he is alive either.
                self._trust_losses_from = time.monotonic() + PROCESS_LEASE
                _LOGGER.warning("what is due is looked for again in %s s: %s", pause, error)
                self._over.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except Exception:
                _LOGGER.exception("looking for what is due failed")
                self._over.wait(_LONGEST_PAUSE)

    def sweep(self) -> float:
        """Do what is due; return after how many seconds there may be more."""
        found, after = self._store.due(_BATCH)
        for due in found:
            try:
                self._revive(due, self._store.look(due))
            except StoreError:
                raise
            except Exception:  # one bad run must not stop the others
                _LOGGER.exception("run %s cannot be taken care of", due.run)
        if len(found) == _BATCH:
            return 0
        return _ROUND if after is None else min(after, _ROUND)

    def _revive(self, due: Due, found: Finding) -> None:
        header = found.header
        if header is None:
            return
        match found.kind:
            case "wake":
                self._outlet.wake(header.id, header.flow)
            case "finish":
                self._driver.finish(header)
            case "publish":
                name = read_node(found.body)["name"]
                self._outlet.publish([hint_of(header, due.node, name, found.attempt)])
            case "start":
                self._start(due, found)
            case "check":
                self._check(due, found)
            case "nothing":
                pass

    def _start(self, due: Due, found: Finding) -> None:
        view = self._store.view(due.run)
        if found.header is not None and view is not None:
            self._driver.start_flow(found.header, due.node, read_node(found.body, view.given))

    def _check(self, due: Due, found: Finding) -> None:
        """See whether the process is alive that claimed a node; if it is not, this attempt is lost."""
        if time.monotonic() < self._trust_losses_from or self._store.alive(found.owner):
            return
        lose(self._store, self._outlet, self._settings, due.run, due.node, found)


class _Forks:
    """What happens around a fork of this process; by one thread at a time, as the interpreter sees to."""

    waited = False

    @classmethod
    def before(cls) -> None:
        cls.waited = _AT_WORK.acquire(timeout=_FORK_WAITS)

    @classmethod
    def after(cls) -> None:
        if cls.waited:
            _AT_WORK.release()


os.register_at_fork(before=_Forks.before, after_in_parent=_Forks.after, after_in_child=_Forks.after)


def lose(
    store: Store, outlet: Outlet, settings: Settings, run: str, node: str, found: Finding
) -> None:
    """Record an attempt of a task as lost; there is another one, unless it is the task that ends processes."""
    header = found.header
    assert header is not None, "a claimed node belongs to a run"
    name = read_node(found.body)["name"]
    _LOGGER.warning("task %s of run %s is lost: process %s is gone", node, run, found.owner)
    if found.lost + 1 < settings.max_lost:
        attempt = store.again(run, node, found.fence, countdown=0, counts=False, lost=True)
        if attempt is not None:
            outlet.publish([hint_of(header, node, name, attempt)])
        return
    reason = f"the process that ran it was gone {found.lost + 1} times"
    outlet.note(node, Failed(exception=RuntimeError(reason), traceback=""))
    store.keep_failure(node, json.dumps({"reason": reason, "flow": header.flow, "task": name}))
    event = write_event(NodeFailed(node, name, reason))
    if store.complete(run, node, found.fence, event, lazy=False, leader="") == "taken":
        outlet.wake(run, header.flow)
