"""Running a node: claim it, run the code, record what came of it, and take the run forward."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from selinon.engine import Event, NodeFailed, NodeFinished
from selinon.errors import StoreError, UnknownError
from selinon.execution import Again, Done, Failed, TaskCall, TaskOutcome, run_task
from selinon.registry import Deployment
from selinon.store.protocol import Claim, Lead, Store
from selinon.worker.deciding import Decision
from selinon.worker.driver import Driver, hint_of
from selinon.worker.faults import reach
from selinon.worker.following import is_lazy, joined_names
from selinon.worker.outlet import Hint, Outlet
from selinon.worker.process import Process
from selinon.worker.records import CURRENT_RUN, failure_text
from selinon.worker.texts import read_node, read_run, write_event
from selinon.worker.versions import obstacle

__all__ = ["Dropped", "Runner"]

_LOGGER = logging.getLogger(__name__)

_SKEWED: Final = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
"""Seconds between two tries to reach the store with what a task came to, at first and at most."""

T = TypeVar("T")


class Dropped(Exception):
    """The hint led to nothing: the node was not this process's to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Runs nodes of a deployment in a process."""

    deployment: Deployment
    store: Store
    outlet: Outlet
    driver: Driver
    process: Process

    def run(self, hint: Hint) -> TaskOutcome:
        """Run an attempt of a node, and do what follows from it.

        Raises:
            Dropped: somebody else has claimed it, it is over, or this process cannot run it.
        """
        self._require_known(hint)
        decides = self.outlet.decides(hint.flow)
        claim = self.store.claim(
            hint.run,
            hint.node,
            hint.attempt,
            process=self.process.id,
            token=self.process.token(),
            guess=decides,
        )
        if claim is None:
            raise Dropped("it is claimed already, or over")
        reach("claimed")
        with self.process.running():
            token = CURRENT_RUN.set(hint.run)
            try:
                outcome = run_task(self.deployment, self._call(hint, claim))
                reach("ran")
                self._record(hint, claim, outcome, decides)
            finally:
                CURRENT_RUN.reset(token)
                self.outlet.note_rest()
        return outcome

    def _require_known(self, hint: Hint) -> None:
        found = obstacle(self.deployment, hint.flow, hint.version, hint.fingerprint)
        if found is None:
            try:
                self.deployment.task(hint.task)
                return
            except UnknownError as error:
                found = str(error)
        _LOGGER.warning("task %s of run %s waits: %s", hint.node, hint.run, found)
        self.store.defer(hint.run, hint.node, hint.attempt, delay=_SKEWED, parked=found)
        raise Dropped(found)

    def _call(self, hint: Hint, claim: Claim) -> TaskCall:
        given = read_node(claim.body, claim.given)
        return TaskCall(  # a value is made twice as quickly by place
            hint.node,
            hint.task,
            hint.flow,
            hint.run,
            given["node_args"],
            given["parent"] or {},
            given["failed"] or {},
            claim.retried,
        )

    def _record(self, hint: Hint, claim: Claim, outcome: TaskOutcome, decides: bool) -> None:
        # First, as nobody is to learn of the end of a run before what became of its tasks. That one finished is told
        # when the only task that follows from it is on its way: the run cannot end before that one has run.
        self.outlet.note(hint.node, outcome)
        event: Event
        match outcome:
            case Again(countdown=countdown, counts=counts):
                attempt = persistently(
                    lambda: self.store.again(
                        hint.run, hint.node, claim.fence, countdown=countdown, counts=counts
                    )
                )
                reach("again")
                if attempt is not None and countdown <= 0:
                    self.outlet.publish([hint_of(claim.header, hint.node, hint.task, attempt)])
                return
            case Done():
                event = NodeFinished(hint.node, hint.task)
            case Failed(exception=exception):
                event = NodeFailed(hint.node, hint.task, outcome.reason)
                text = failure_text(hint.flow, hint.task, outcome.reason, exception)
                persistently(lambda: self.store.keep_failure(hint.node, text))
        self._complete(hint, claim, event, decides)

    def _complete(self, hint: Hint, claim: Claim, event: Event, decides: bool) -> None:
        lazy = is_lazy(self.deployment, hint.flow, event)
        guess = self._guess(hint, claim, event, lazy)
        if guess is None:  # others decide, and may be quick to tell of the end of the run
            self.outlet.note_rest()
        reply = persistently(
            lambda: self.store.complete(
                hint.run,
                hint.node,
                claim.fence,
                write_event(event),
                lazy=lazy,
                leader=self.driver.name if decides else "",
                names=joined_names(self.deployment, hint.flow, event),
                guess=None if guess is None else (claim.rev or 0, guess.write),
                meanwhile=None
                if guess is None
                else partial(self.driver.prepare, claim.header, guess),
            )
        )
        reach("completed")
        if reply != "committed":
            self.outlet.note_rest()
        if isinstance(reply, Lead):
            self.driver.advance(reply)
        elif reply == "committed":
            assert guess is not None, "only a guess is committed at once"
            self.driver.settle(claim.header, guess)
        elif reply == "taken":
            self.outlet.wake(hint.run, hint.flow)
        elif reply == "stale":
            _LOGGER.warning(
                "task %s of run %s was given up as lost before it ended: %s changes nothing",
                hint.node,
                hint.run,
                "its failure" if isinstance(event, NodeFailed) else "its result",
            )

    def _guess(self, hint: Hint, claim: Claim, event: Event, lazy: bool) -> Decision | None:
        if claim.rev is None or claim.state is None:
            return None
        run, look = read_run(claim.state, claim.given)
        if lazy and sum(run.active.values()) > 1:
            return None
        return self.driver.decider.guess(run, event, look)


def persistently(act: Callable[[], T]) -> T:
    """Do something with the store, again and again for as long as it cannot be reached: what a task came to is kept."""
    pause = _FIRST_PAUSE
    while True:
        try:
            return act()
        except StoreError as error:
            _LOGGER.warning("what a task came to is recorded in %s s: %s", pause, error)
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
