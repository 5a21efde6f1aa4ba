"""Starting flows on workers."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable
from typing import Any

from selinon import registry
from selinon.config import Config
from selinon.engine import Selection, first_run, select
from selinon.errors import (
    ConfigNotInitializedError,
    ConfigurationError,
    SelectiveNoPathError,
    UnknownFlowError,
)
from selinon.registry import Deployment

__all__ = ["run_flow", "run_flow_selective"]


def run_flow(flow_name: str, node_args: Any = None) -> Any:
    """Start a flow with these arguments, which have to be JSON; return the handle of its result.

    The handle is Celery's `AsyncResult`; its text is the id of the run. Its result is `{"finished_nodes": {name: [id,
    ...]}, "failed_nodes": ..., "active_nodes": [...]}`, its failure a `FlowError`.

    Raises:
        UnknownFlowError: there is no such flow.
        ConfigNotInitializedError: there is no configuration, or no Celery application.
        ConfigurationError: the application has no state store, or the arguments are no JSON.
        StoreError: the state store cannot be reached; nothing was started.
    """
    _require_flow(registry.current(), flow_name)
    return _send(flow_name, node_args, None)


def run_flow_selective(
    flow_name: str,
    task_names: str | Iterable[str],
    node_args: Any = None,
    follow_subflows: bool = False,
    run_subsequent: bool | Collection[str] = False,
) -> Any:
    """Start of a flow what leads to some of its tasks.

    Args:
        flow_name: the flow.
        task_names: the tasks that are wanted; sub-flows can be wanted, too.
        node_args: arguments of the flow.
        follow_subflows: look for the tasks in sub-flows as well.
        run_subsequent: run also what depends on the tasks: in all flows that are run in parts, or in those named.

    Raises:
        UnknownFlowError: there is no such flow.
        SelectiveNoPathError: no path of edges leads to one of the tasks, or none is named.
        Exception: as `run_flow`.
    """
    deployment = registry.current()
    _require_flow(deployment, flow_name)
    wanted = [task_names] if isinstance(task_names, str) else list(task_names)
    if not wanted:
        raise SelectiveNoPathError(f"no task of flow `{flow_name}` is named that is to run")
    selection = select(
        flow_name,
        deployment.flow,
        wanted,
        follow_subflows=follow_subflows,
        run_subsequent=run_subsequent,
    )
    return _send(flow_name, node_args, selection)


def _require_flow(deployment: Deployment, name: str) -> None:
    """Raise UnknownFlowError, with the name that was perhaps meant, when there is no such flow."""
    names = deployment.package.flow_names
    if name in names:
        return
    import difflib

    similar = difflib.get_close_matches(name, names, 1)
    hint = f"; a flow with a similar name exists: `{similar[0]}`" if similar else ""
    raise UnknownFlowError(f"there is no flow `{name}`{hint}")


def _send(flow_name: str, node_args: Any, selection: Selection | None) -> Any:
    app = Config.celery_app
    if app is None:
        raise ConfigNotInitializedError(
            f"flow `{flow_name}` cannot be sent to a worker: no Celery application is set\n"
            "help: call Config.set_celery_app(app); `selinon-cli execute` runs flows in one process"
        )
    from selinon.worker.application import install

    try:
        json.dumps(node_args, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"the arguments of flow `{flow_name}` are no JSON: {error}"
        ) from None
    run = first_run(str(uuid.uuid4()), flow_name, node_args, selection=selection)
    return install(app).start(run)
