"""What running flows costs: messages and operations on the store, while something runs and while nothing does."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.services.desks import QUEUES, Desk
from tests.services.servers import RedisServer
from tests.services.workers import Worker

from selinon import run_flow

pytestmark = pytest.mark.slow

FLOWS, TASKS = ("-Q", "desk.flows"), ("-Q", "desk.tasks")

OPERATIONS = ("EVALSHA", "EVAL", "GET", "SET", "DEL", "SUBSCRIBE")
"""Commands that are sent to the store; what its scripts do counts as commands, too, and is left out."""


@dataclass
class Counted:
    """A desk whose runs and messages are on servers of their own, so that they can be counted."""

    desk: Desk
    store: RedisServer

    def messages(self) -> int:
        """Return how many messages were sent so far."""
        return self.desk.server.calls().get("LPUSH", 0)

    def operations(self) -> int:
        """Return how many operations the store has done so far."""
        calls = self.store.calls()
        return sum(calls.get(name, 0) for name in OPERATIONS)

    def scripts(self) -> int:
        """Return how many operations on runs there were so far."""
        return self.store.calls().get("EVALSHA", 0)


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Counted]:
    """Return a desk without workers, on servers of its own."""
    broker, store = RedisServer(tmp_path), RedisServer(tmp_path)
    yield Counted(Desk(broker, tmp_path, store), store)
    broker.stop()
    store.stop()


def test_messages_and_operations_for_each_node(counted: Counted) -> None:
    """Where a worker decides right where a task ended, each node takes one message and two operations on its run."""
    worker = counted.desk.worker(*QUEUES, "-c", "2")
    try:
        with counted.desk.client():
            run_flow("chain").get(timeout=30)
            time.sleep(0.5)
            messages, scripts = counted.messages(), counted.scripts()
            run_flow("chain").get(timeout=30)
            time.sleep(0.5)
        assert counted.messages() - messages == 6
        # To start the run, its end, and that it was told of.
        assert counted.scripts() - scripts <= 6 * 2 + 5
    finally:
        worker.kill()


def test_workers_for_flows_and_workers_for_tasks(counted: Counted) -> None:
    """A worker of tasks decides nothing; not a second message asks for it while one is pending."""
    desk = counted.desk
    workers = [desk.worker(*TASKS, "-c", "2")]
    try:
        with desk.client():
            handle = run_flow("wide")
            desk.wait_for(str(handle), 10)
            time.sleep(1)
            assert not handle.ready()
            # Ten tasks have ended.
            assert desk.server.client().llen("desk.flows") == 1
            workers.append(desk.worker(*FLOWS, "-P", "solo"))
            found = handle.get(timeout=30)["finished_nodes"]
            assert [len(found["A"]), len(found["B"])] == [10, 10]
        # A log calls a look at a flow as the flow, and a task as flow and task.
        assert [_takes(worker) for worker in workers] == [{"wide.A", "wide.B"}, {"wide"}]
    finally:
        for worker in workers:
            worker.kill()


def _takes(worker: Worker) -> set[str]:
    """Return what a worker has received messages for."""
    return set(re.findall(r"Task (\S+)\[\S+\] received", worker.log))


def test_a_switch_leaves_all_decisions_to_messages(counted: Counted) -> None:
    """Without `selinon_inline`, whoever runs a task does not decide, though the same worker may do both."""
    desk = counted.desk
    desk.settings["SELINON_INLINE"] = "false"
    worker = desk.worker(*QUEUES, "-P", "solo")
    try:
        with desk.client():
            messages = counted.messages()
            run_flow("chain").get(timeout=30)
        # Six tasks; a look at the start, and after each of them.
        assert counted.messages() - messages == 6 + 7
    finally:
        worker.kill()


def test_a_long_task_costs_next_to_nothing(counted: Counted) -> None:
    """While a task runs no message is sent, and the store hears of it twice a second at most; then only of sweepers."""
    desk = counted.desk
    workers = [desk.worker(*QUEUES, "-c", "1", "--without-heartbeat") for _ in range(2)]
    try:
        with desk.client():
            handle = run_flow("slow", {"seconds": 8})
            desk.wait_for(str(handle), 1)
            time.sleep(0.5)
            messages, operations = counted.messages(), counted.operations()
            time.sleep(7)
            assert counted.messages() == messages
            assert counted.operations() - operations <= 0.5 * 7
            handle.get(timeout=30)
            time.sleep(0.5)
            messages, operations = counted.messages(), counted.operations()
            time.sleep(12)
            assert counted.messages() == messages
            # Each of two workers looks every ten seconds.
            assert counted.operations() - operations <= 2 * 2
    finally:
        for worker in workers:
            worker.kill()
