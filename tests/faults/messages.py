"""Messages come several times, late, in another order, after everything is over, not at all, or unreadable."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from tests.faults.figures import Figures
from tests.faults.judging import judge
from tests.faults.scene import Scene
from tests.faults.suite import start_all

__all__ = ["messages_astray", "unreadable_messages"]


def messages_astray(
    flows: Sequence[tuple[str, Any]], *, rabbitmq: bool = False, patience: float = 120, **plan: Any
) -> Figures:
    """Run flows with messages that are sent as a plan says; then deliver all of them once more."""
    with Scene(rabbitmq=rabbitmq) as scene:
        scene.work()
        scene.plan(**plan)
        start_all(scene, flows)
        scene.finish(patience)
        nodes = judge(scene)
        scene.plan()
        before = len(scene.stage.entries())
        sent = scene.stage.lines("sent")
        for [text] in sent:
            name, id, arguments, queue = json.loads(text)
            scene.app.send_task(name, tuple(arguments), task_id=id, queue=queue)
        scene.until(lambda: _empty(scene), 60)
        time.sleep(1)  # the last ones are in the worker
        judge(scene)
        assert len(scene.stage.entries()) == before, "a message that came late has run something"
        return Figures(flows=len(flows), nodes=nodes, note=f"{len(sent)} messages")


def _empty(scene: Scene) -> bool:
    """Return whether all messages were taken; in Redis, a queue without messages is not there."""
    with scene.app.connection_for_read() as connection:
        for queue in ("tasks", "flows"):
            with suppress(*connection.channel_errors), connection.channel() as channel:
                if channel.queue_declare(queue, passive=True).message_count:
                    return False
    return True


def unreadable_messages(scene: Scene, flows: Sequence[tuple[str, Any]]) -> Figures:
    """Put messages into the queues that no worker can read, before and among those that it can."""
    _spoil(scene)
    start_all(scene, flows)
    _spoil(scene)
    scene.finish(60)
    return Figures(flows=len(flows), nodes=judge(scene))


def _spoil(scene: Scene) -> None:
    with scene.app.connection_for_write() as connection:
        producer = connection.Producer()
        bodies: tuple[tuple[bytes, str, dict[str, Any]], ...] = (
            (b"\xff\xfe no message", "application/json", {}),
            (b"{}", "application/x-unheard-of", {}),
            (
                b'[["too", "few"],{},{}]',
                "application/json",
                {"task": "selinon.SelinonTaskEnvelope", "id": "x", "lang": "py"},
            ),
            (
                b'[["no-run","no-node",1,"A","chain","1.0.0","?"],{},{}]',
                "application/json",
                {"task": "selinon.SelinonTaskEnvelope", "id": "y", "lang": "py"},
            ),
            (
                b'[["no-run","chain"],{},{}]',
                "application/json",
                {"task": "selinon.Dispatcher", "id": "z", "lang": "py"},
            ),
        )
        for queue in ("tasks", "flows"):
            for body, kind, headers in bodies:
                producer.publish(
                    body,
                    routing_key=queue,
                    exchange=queue,
                    declare=[scene.app.amqp.queues[queue]],
                    content_type=kind,
                    content_encoding="utf-8",
                    headers=headers,
                    serializer=None,
                )
