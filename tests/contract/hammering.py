"""A flow of its own, decided by whoever comes first: what many workers do to one run at the same time.

The flow starts `WIDTH` chains of `LENGTH` nodes. The last ones have lazy events, every fifth node fails once, and every
seventh is retried with a countdown. Its record is how many nodes finished.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence

from tests.contract.runs import RUN, header

import selinon.store.in_process as local
import selinon.store.in_process_rows as rows
import selinon.store.redis as remote
from selinon.store.protocol import Ended, Lead, More, NewNode, Store, Write
from selinon.store.redis import RedisStore

WIDTH, LENGTH = 40, 4
LEASE = 0.2
"""Seconds of a lead, so that many are lost while these tests run."""

PATIENCE = 120.0
"""Seconds after which a run that has not ended is stuck."""


def begin(store: Store) -> None:
    """Start the run."""
    assert store.start(header(), Write(state="0", given="args"), ['["S"]'])


def decide(state: str, events: Sequence[str]) -> Write:
    """Return the step that events lead to."""
    finished, archived, nodes = int(state), [], []
    for event in events:
        kind, *ids = json.loads(event)
        if kind == "S":
            nodes += [new_node(chain, 0) for chain in range(WIDTH)]
            continue
        finished += 1
        archived.append((kind, ids[0]))
        chain, place = map(int, ids[0].split("-"))
        if place + 1 < LENGTH:
            nodes.append(new_node(chain, place + 1))
    ended = Ended() if finished == WIDTH * LENGTH else None
    return Write(state=str(finished), nodes=tuple(nodes), archived=tuple(archived), ended=ended)


def new_node(chain: int, place: int) -> NewNode:
    """Return a node; some have a delay."""
    delay = 0.01 if (chain + place) % 11 == 0 else 0
    return NewNode(
        id=f"{chain}-{place}", name="T", kind="task", awaited=True, body="{}", delay=delay
    )


class Worker:
    """Claims, runs, completes and decides until the run has ended, and notes what it did.

    `claims` are nodes with their attempts, `commits` the revisions that were decided from, `lost` the decisions that
    came too late.
    """

    def __init__(self, store: Store, name: str, seed: int) -> None:
        self._store = store
        self._name = name
        self._random = random.Random(seed)
        self.claims: list[tuple[str, int]] = []
        self.commits: list[int] = []
        self.lost = 0

    def work(self) -> None:
        """Work until the run has ended."""
        end = time.monotonic() + PATIENCE
        self._lead()
        while self._store.ended(RUN) is None:
            if time.monotonic() > end:
                raise TimeoutError(f"{self._name} sees no end: {self._store.view(RUN)}")
            if not self._run_one():
                self._sweep()

    def _run_one(self) -> bool:
        view = self._store.view(RUN)
        published = [node for node in view.live if node.state == "published"] if view else []
        if not published:
            return False
        node = self._random.choice(published[:6])
        token = str(self._random.random())
        claim = self._store.claim(
            RUN, node.id, node.attempt, process=self._name, token=token, guess=self._sometimes(0.7)
        )
        if claim is None:
            return True
        self.claims.append((node.id, node.attempt))
        chain, place = map(int, node.id.split("-"))
        if (chain + place) % 5 == 0 and node.attempt == 1:
            countdown = 0.02 if (chain + place) % 7 == 0 else 0
            self._store.again(RUN, node.id, claim.fence, countdown=countdown, counts=True)
            return True
        event = json.dumps(["T", node.id])
        guess = None
        if claim.rev is not None and claim.state is not None:
            guess = claim.rev, decide(claim.state, [event])
        completed = self._store.complete(
            RUN,
            node.id,
            claim.fence,
            event,
            lazy=place + 1 == LENGTH,
            leader="" if self._sometimes(0.2) else self._name,
            guess=guess,
        )
        if completed == "committed":
            assert guess is not None
            self.commits.append(guess[0])
        elif completed == "taken" and self._sometimes(0.8):  # else the hint is lost
            self._lead()
        elif isinstance(completed, Lead):
            self._decide(completed)
        assert completed != "stale"
        return True

    def _lead(self) -> None:
        found = self._store.lead(RUN, self._name)
        if found is not None:
            self._decide(found)

    def _decide(self, lead: Lead) -> None:
        state, rev, events, taken = lead.state, lead.rev, lead.events, lead.taken
        while True:
            if self._sometimes(0.05):
                return  # as if killed
            if self._sometimes(0.08):
                time.sleep(LEASE * 2)
            write = decide(state, events)
            answer = self._store.commit(RUN, self._name, rev, taken, write)
            if answer is False:
                self.lost += 1
                return self._lead()
            self.commits.append(rev)
            if not isinstance(answer, More):
                return None
            state, rev, events, taken = write.state, rev + 1, answer.events, answer.taken

    def _sweep(self) -> None:
        found, following = self._store.due(5)
        for due in found:
            if self._store.look(due).kind == "wake":
                self._lead()
        if not found:
            time.sleep(min(0.02, 1 if following is None else following))

    def _sometimes(self, share: float) -> bool:
        return self._random.random() < share


def shorten_leases(patch: Callable[[object, str, float], None]) -> None:
    """Let leads be lost quickly, and what is due be held shortly."""
    patch(rows, "LEAD_LEASE", LEASE)
    patch(remote, "LEAD_LEASE", LEASE)
    patch(local, "HELD", LEASE)
    patch(remote, "HELD", LEASE)


def in_a_process(url: str, prefix: str, seed: int) -> tuple[list[tuple[str, int]], list[int], int]:
    """Work in a process of its own; return what the worker noted."""
    shorten_leases(setattr)
    store = RedisStore(url, prefix)
    worker = Worker(store, f"process {seed}", seed)
    worker.work()
    store.close()
    return worker.claims, worker.commits, worker.lost
