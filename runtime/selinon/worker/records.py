"""What is on record about runs, in the forms in which flows, tasks and users see it."""

from __future__ import annotations

import contextvars
import json
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from selinon.engine import NodeTree, Run
from selinon.errors import StoreError
from selinon.registry import Deployment
from selinon.store.protocol import Store
from selinon.worker.texts import read_run

__all__ = ["CURRENT_RUN", "Records", "failure_text"]

CURRENT_RUN: Final = contextvars.ContextVar[str]("CURRENT_RUN")
"""The run whose task runs, or which is decided about: where a search for a node begins."""


class Records:
    """The record of runs, read when it is asked for."""

    def __init__(self, store: Store, deployment: Deployment) -> None:
        self._store = store
        self._deployment = deployment

    def run(self, id: str) -> Run:
        """Return the record of a run."""
        view = self._store.view(id)
        if view is None:
            raise StoreError(f"run {id} is not on record")
        finished = Counter(name for name, _ in view.archive)
        return replace(read_run(view.state, view.given)[0], finished=finished, fired=view.fired)

    def finished(self, id: str) -> NodeTree:
        """Return what finished in a run, sub-flows included, in stored order."""
        return self._tree(id, self._store.archive(id), self.finished)

    def failed(self, id: str) -> NodeTree:
        """Return the failures that made a run fail, those of sub-flows included."""
        ended = self._store.ended(id)
        failed = json.loads(ended.failed)["failed"] if ended and ended.failed else {}
        pairs = ((name, node) for name, ids in failed.items() for node in ids)
        return self._tree(id, pairs, self.failed)

    def _tree(self, run: str, nodes: Iterable[tuple[str, str]], inner: Any) -> NodeTree:
        header = self._store.header(run)
        flows = set() if header is None else set(self._deployment.flow(header.flow).subflows)
        tasks: dict[str, list[str]] = {}
        runs: dict[str, list[NodeTree]] = {}
        for name, node in nodes:
            if name in flows:
                runs.setdefault(name, []).append(inner(node))
            else:
                tasks.setdefault(name, []).append(node)
        return NodeTree(
            tasks={name: tuple(ids) for name, ids in tasks.items()},
            flows={name: tuple(trees) for name, trees in runs.items()},
        )

    def result(self, id: str) -> dict[str, Any]:
        """Return a run's `finished_nodes` and `failed_nodes`, ids by name, and its `active_nodes`."""
        view = self._store.view(id)
        finished: dict[str, list[str]] = {}
        active: list[dict[str, str]] = []
        result: dict[str, Any] = {
            "finished_nodes": finished,
            "failed_nodes": {},
            "active_nodes": active,
        }
        if view is None:
            return result
        for name, node in view.archive:
            finished.setdefault(name, []).append(node)
        failed = view.ended is not None and view.ended.failed
        if failed:
            result["failed_nodes"] = json.loads(failed)["failed"]
        if failed or view.status == "open":
            active += [
                {"name": json.loads(node.body)["name"], "id": node.id}
                for node in view.live
                if node.awaited and node.current
            ]
        return result

    def explained(self, id: str, failure: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the result of a run and, if it failed, the `reasons` by id, and the `reason`."""
        known = failure or {}
        return self.result(id) | {
            name: known[name] for name in ("reasons", "reason") if name in known
        }

    def reason_of(self, node: str) -> str | None:
        """Return why a node failed, None if it did not or is not on record."""
        text = self._store.failure(node)
        return None if text is None else json.loads(text)["reason"]

    def flow_of(self, node_id: str) -> str | None:
        """Return the name of the flow in which a node ran, None if it is not near the current run."""
        run = CURRENT_RUN.get(None)
        header = None if run is None else self._store.header(run)
        while header is not None and header.parent is not None:
            header = self._store.header(header.parent)
        return None if header is None else self._flow_within(header.id, node_id)

    def _flow_within(self, run: str, node_id: str) -> str | None:
        view = self._store.view(run)
        if view is None:
            return None
        known = {id for _, id in view.archive} | {node.id for node in view.live}
        if node_id in known:
            return view.header.flow
        flows = set(self._deployment.flow(view.header.flow).subflows)
        inner = [id for name, id in view.archive if name in flows]
        inner += [node.id for node in view.live if node.state == "flow"]
        found = (self._flow_within(id, node_id) for id in inner)
        return next((flow for flow in found if flow is not None), None)

    def exception_of(self, node_id: str) -> BaseException | None:
        """Return the exception with which a node failed, None if it did not or is not on record.

        It is of the class that was raised if this process has that class, else of one of the same name.
        """
        text = self._store.failure(node_id)
        if text is None:
            return None
        row = json.loads(text)
        if "type" not in row:
            return None
        kind = _class_of(row["module"], row["type"])
        try:
            return kind(*row["args"])
        except Exception:  # what a class of users wants is not known
            return _named(row["module"], row["type"])(*row["args"])


def failure_text(flow: str, task: str, reason: str, exception: BaseException) -> str:
    """Return why a task failed, as JSON text."""
    kind = type(exception)
    return json.dumps(
        {
            "reason": reason,
            "flow": flow,
            "task": task,
            "module": kind.__module__,
            "type": kind.__qualname__,
            "args": [_plain(value) for value in exception.args],
            "traceback": "".join(traceback.format_exception(exception))[-20_000:],
        }
    )


def _plain(value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        try:
            return repr(value)
        except Exception:  # of a user's class
            return f"<{type(value).__name__}>"
    return value


def _class_of(module: str, name: str) -> type[BaseException]:
    """Return a class that this process has; nothing is imported because a record says so."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if isinstance(found, type) and issubclass(found, Exception):
        return found
    return _named(module, name)


def _named(module: str, name: str) -> type[Exception]:
    return type(name.rpartition(".")[2], (Exception,), {"__module__": module})
