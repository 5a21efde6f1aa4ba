"""Cancelling runs: nothing more of them starts, and they end as failed.

A run is stopped by one write, whoever decides about it at the same time: what was decided before the write and is not
written yet is never written, and tasks that nobody has claimed are gone with it. Then come the runs of its sub-flows,
and last, from the innermost to the outermost, all that wait for their ends are told. If that is interrupted, cancelling
the run again goes on with what is left of it; telling of ends that are recorded is also the safety net's.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Final, Literal

from selinon.engine import first_run
from selinon.record import Record
from selinon.store.protocol import Ended, Header, LiveNode, Store, Write
from selinon.worker.texts import ended_text, given_text, read_node, state_text

__all__ = ["Cancellation", "Canceller", "is_cancelled"]

_LOGGER = logging.getLogger(__name__)

_NOBODY: Final = ""
"""Who leads a run that has ended."""


class Cancellation(Record):
    """What came of cancelling a run.

    `cancelled`: it is, with `inner` runs of sub-flows; `running` tasks run to their ends, and `told` says whether all
    who wait for the runs are told already. `again`: it was cancelled before; what had been left of it, is cancelled
    now. `ended`: it had ended, and nothing changed. `unknown`: there is no such run on record.
    """

    run: str
    outcome: Literal["cancelled", "again", "ended", "unknown"]
    flow: str = ""
    inner: int = 0
    running: int = 0
    told: bool = True


class Canceller:
    """Cancels runs of a store.

    `finish` tells of the end of a run; without it, that is left to the safety net of the workers.
    """

    def __init__(self, store: Store, finish: Callable[[Header], object] | None = None) -> None:
        self._store = store
        self._finish = finish

    def cancel(self, run: str) -> Cancellation:
        """Cancel a run and the runs of its sub-flows."""
        header = self._store.header(run)
        if header is None:
            return Cancellation(run, "unknown")
        outcome = self._stop(run, f"flow `{header.flow}` was cancelled")
        if outcome == "ended":
            return Cancellation(run, outcome, header.flow)
        stopped = [header] if outcome == "cancelled" else []
        running = self._stop_below(header, stopped)
        inner = len(stopped) - (outcome == "cancelled")
        told = self._tell(stopped)
        return Cancellation(run, outcome, header.flow, inner, running, told)

    def _stop(self, run: str, reason: str) -> Literal["cancelled", "again", "ended"]:
        """End a run where it is; return `again` if it was cancelled before."""
        brief = self._store.brief(run)
        while brief is not None and brief.ended is None:
            write = Write(state=ended_text(brief.state), ended=_ended(reason), drop=True)
            if self._store.commit(run, _NOBODY, brief.rev, (0, 0), write):
                return "cancelled"
            brief = self._store.brief(run)
        return "again" if brief is not None and is_cancelled(brief.ended) else "ended"

    def _stop_below(self, top: Header, stopped: list[Header]) -> int:
        """End all runs of sub-flows below a run that is stopped; return how many tasks are still running."""
        running = 0
        above = [top]
        while above:
            header = above.pop()
            view = self._store.view(header.id)
            for node in view.live if view is not None else ():
                if node.state == "claimed":
                    running += 1
                elif node.state == "flow":
                    inner = self._inner_header(header, node)
                    reason = f"flow `{inner.flow}` was cancelled with flow `{top.flow}`"
                    outcome = self._stop_inner(inner, reason)
                    if outcome == "cancelled":
                        stopped.append(inner)
                    if outcome != "ended":
                        above.append(inner)
        return running

    def _inner_header(self, header: Header, node: LiveNode) -> Header:
        """Return what never changes about the run of a sub-flow, which may not be on record yet."""
        return self._store.header(node.id) or Header(
            id=node.id,
            flow=read_node(node.body)["name"],
            package=header.package,
            version=header.version,
            fingerprint="",
            parent=header.id,
            parent_flow=header.flow,
        )

    def _stop_inner(self, header: Header, reason: str) -> Literal["cancelled", "again", "ended"]:
        """End the run of a sub-flow; one that has not begun is recorded as ended, so that it never will."""
        run = first_run(header.id, header.flow, None)
        unborn = Write(
            state=ended_text(state_text(run)),
            given=given_text(run),
            ended=_ended(reason),
            drop=True,
        )
        if self._store.start(header, unborn, ()):
            return "cancelled"
        return self._stop(header.id, reason)

    def _tell(self, stopped: list[Header]) -> bool:
        if self._finish is None:
            return not stopped
        try:
            while stopped:
                self._finish(stopped[-1])
                stopped.pop()
        except Exception as error:
            _LOGGER.warning("the workers will tell of %s ends: %r", len(stopped), error)
            return False
        return True


def is_cancelled(ended: Ended | None) -> bool:
    """Return whether a run ended because it was cancelled."""
    return bool(ended and ended.failed and json.loads(ended.failed).get("cancelled"))


def _ended(reason: str) -> Ended:
    failure = {"failed": {}, "reasons": {}, "reason": reason, "cancelled": True}
    return Ended(failed=json.dumps(failure))
