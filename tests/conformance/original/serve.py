"""The process that plays applications under the original: requests and results are lines of JSON.

A request holds `nodes` and `flows` (YAML), `directory` (where relative paths start), `flow`, `args`, `table`, `seed`,
`mended` (names of faults to be mended first), and perhaps `eager` (what `eager_failures` is to be, by flow, as the
original cannot be told in its configuration) and `selective`. Each request is played in a process of its own, so no
state of one is left for the next.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
from typing import Any

import yaml
from tests.conformance.original import broker

broker.install()

from tests.conformance import application  # noqa: E402  the module `celery` has to be there first
from tests.conformance.original import mended  # noqa: E402
from tests.conformance.result import result_of  # noqa: E402
from tests.conformance.turns import Turns  # noqa: E402

LOADED = ("predicates", "strategies", "routines", "storages.memory", "caches.lru")
"""What a configuration makes the original import; done once, before there are copies of this process."""

SECONDS = 60
"""A request that takes longer is given up."""


def play(request: dict[str, Any]) -> dict[str, Any]:
    """Play an application; return its result, or why the configuration is refused."""
    selinon: Any = importlib.import_module("selinon")
    os.chdir(request["directory"])
    mended.mend_predicates(request["mended"])
    try:
        selinon.Config.set_config_dict(_parsed(request["nodes"]), [_parsed(request["flows"])])
    except Exception as error:
        return {"status": "refused", "reason": f"{type(error).__name__}: {error}"}
    selinon.Config.eager_failures.update(request.get("eager", {}))
    world = application.World(request["table"])
    application.WORLDS[:] = [world]
    envelope = importlib.import_module("selinon.task_envelope").SelinonTaskEnvelope()
    broker.Broker.current = played = broker.Broker(
        world, Turns(request["seed"]), selinon.Dispatcher(), envelope
    )
    mended.mend(request["mended"], played)
    try:
        id = _started(selinon, request)
    except selinon.SelectiveNoPathError as error:
        return {"status": "refused", "reason": f"no path: {error}"}
    try:
        played.run()
    except application.UnboundedError:
        return result_of(world, "unbounded", None)
    succeeded, value = played.ends.get(id, (None, None))
    if succeeded is False:
        value = getattr(value, "state", None)
    return result_of(world, "ended" if succeeded is not None else "stuck", value)


def _started(selinon: Any, request: dict[str, Any]) -> str:
    """Start the flow that a request names; return the id of its run."""
    if "selective" not in request:
        return str(selinon.run_flow(request["flow"], request["args"]))
    return str(
        selinon.run_flow_selective(
            request["flow"], node_args=request["args"], **request["selective"]
        )
    )


def _parsed(text: str) -> Any:
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def serve() -> None:
    """Answer requests until there are no more."""
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for name in LOADED:
        importlib.import_module(f"selinon.{name}")
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS)
            answer = json.dumps(play(json.loads(line)), default=repr)
            results.write(answer + "\n")
            results.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            results.write(json.dumps({"status": "crashed", "reason": f"status {status}"}) + "\n")
            results.flush()


if __name__ == "__main__":
    serve()
