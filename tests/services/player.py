"""A process that plays conformance cases on Celery workers: requests as lines of JSON in, results as lines out.

Each case has its own processes: one that starts the flow and two workers, which are forked from this one, so that all
modules are imported once. A request is that of a case, with the addresses of `broker` and `backend`, a `prefix` for
names of queues, and whether workers are `dedicated`: one to flows, one to tasks.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any, Final

import redis
import yaml
from celery import Celery
from tests.conformance import application, here
from tests.conformance.result import result_of
from tests.services.shared import NotingReporter, SharedWorld, share_storages

from selinon import run_flow, run_flow_selective
from selinon.config import Config
from selinon.errors import ConfigurationError, FlowError, SelectiveNoPathError
from selinon.worker import driver
from selinon.worker.application import installed

IMPORTED_ONCE: Final = (
    "celery.apps.worker",
    "celery.backends.redis",
    "celery.concurrency.solo",
    "kombu.transport.pyamqp",
    "kombu.transport.redis",
    "selinon.store.redis",
)
"""Modules that each process of a case would import itself otherwise."""

PATIENCE: Final = 60.0
"""Seconds within which a case is to end."""


def main() -> None:
    """Play what is asked for until nobody asks."""
    for name in IMPORTED_ONCE:
        importlib.import_module(name)
    driver.__dict__["Reporter"] = NotingReporter
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return what a case comes to; all but its configuration is left to a process of its own."""
    queues = {kind: f"{request['prefix']}.{kind}" for kind in ("flows", "tasks")}
    try:
        with here.files({**request, "nodes": _with_queues(request["nodes"], queues)}) as files:
            Config.set_config_yaml(*files)
    except ConfigurationError as error:
        return {"status": "refused", "reason": str(error)}
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # only answers go there
            with os.fdopen(writing, "w") as answer:
                json.dump(_played(request, queues), answer)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answered = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answered or '{"status": "crashed"}')  # type: ignore[no-any-return]  # an object


def _played(request: Mapping[str, Any], queues: Mapping[str, str]) -> dict[str, Any]:
    """Play a case on workers; return what `here.play` would."""
    app = _application(request)
    shared = redis.Redis.from_url(request["backend"])
    shared.flushdb()
    share_storages(shared)
    Config.set_celery_app(app)
    world = SharedWorld(request["table"], shared)
    application.WORLDS[:] = [world]
    logging.getLogger("selinon").setLevel(logging.ERROR)
    served = (
        [[queues["flows"]], [queues["tasks"]]]
        if request["dedicated"]
        else [list(queues.values())] * 2
    )
    workers = [_fork(app, names) for names in served]
    try:
        result = _start(request)
        reported = _state_of(result)
        _settle(app, list(world.names.runs))
    except SelectiveNoPathError as error:
        return {"status": "refused", "reason": f"no path: {error}"}
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)
        _forget(app, queues.values())
    world.executions.gather()
    world.events.gather()
    return here.plain(result_of(world, "ended", reported))


def _application(request: Mapping[str, Any]) -> Celery:
    app = Celery("played", broker=request["broker"], backend=request["backend"])
    app.conf.update(worker_enable_remote_control=False, broker_connection_retry_on_startup=True)
    return app


def _with_queues(nodes: str, queues: Mapping[str, str]) -> str:
    found = yaml.safe_load(nodes)
    names = {
        "default_dispatcher_queue": queues["flows"],
        "default_task_queue": queues["tasks"],
    }
    return yaml.safe_dump({**found, "global": {**(found.get("global") or {}), **names}})


def _fork(app: Celery, queues: list[str]) -> int:
    """Fork a worker; return the id of its process."""
    worker = os.fork()
    if worker:
        return worker
    try:
        app.Worker(
            pool="solo",
            queues=queues,
            hostname=f"{os.getpid()}@played",
            without_mingle=True,
            without_gossip=True,
            without_heartbeat=True,
            loglevel="ERROR",
            quiet=True,
        ).start()
    finally:
        os._exit(1)


def _start(request: Mapping[str, Any]) -> Any:
    if "selective" in request:
        options = dict(request["selective"])
        names = options.pop("task_names")
        return run_flow_selective(request["flow"], names, request["args"], **options)
    return run_flow(request["flow"], request["args"])


def _state_of(result: Any) -> Any:
    """Return what whoever started a flow learns of its nodes."""
    try:
        return result.get(timeout=PATIENCE)
    except FlowError as error:
        return error.state


def _settle(app: Celery, runs: list[str]) -> None:
    """Wait until nothing is left to do: nobody waits for some of the nodes."""
    store = installed(app).local.store
    deadline = time.monotonic() + PATIENCE
    for run in runs:
        while (view := store.view(run)) is None or view.status != "done" or view.live:
            if time.monotonic() > deadline:
                raise TimeoutError(f"run {run} does not end: {view}")
            time.sleep(0.02)


def _forget(app: Celery, queues: Any) -> None:
    """Leave nothing at the broker."""
    with app.connection_for_write() as connection:
        for name in queues:
            channel = connection.channel()
            channel.queue_delete(name)
            channel.exchange_delete(name)


if __name__ == "__main__":
    main()
