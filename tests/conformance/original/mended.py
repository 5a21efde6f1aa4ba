"""Single faults of the original, mended: what it would do without them.

Whoever says that two results differ because of a fault proves it by mending this fault alone and comparing again.
Each function takes the broker and changes classes of the original in this process.
"""

from __future__ import annotations

import copy
import importlib
import itertools
import json
from collections.abc import Callable, Iterable
from typing import Any

from tests.conformance.original.broker import Broker


def _module(name: str) -> Any:
    return importlib.import_module(f"selinon.{name}")


def mend_predicates(names: Iterable[str]) -> None:
    """Mend what has to be mended before a configuration is loaded."""
    predicates: Any = importlib.import_module("selinon.predicates")
    if "length-predicates" in names:
        for prefix, source in (("field", "message"), ("argsField", "node_args")):
            for suffix, operator in (("LenGreaterEqual", ">="), ("LenLessEqual", "<=")):
                code = (
                    f"def {prefix}{suffix}({source}, key, length):\n"
                    f"    try:\n"
                    f"        value = {source}\n"
                    f"        for step in key if isinstance(key, list) else [key]:\n"
                    f"            value = value[step]\n"
                    f"        return len(value) {operator} length\n"
                    f"    except Exception:\n"
                    f"        return False\n"
                )
                exec(code, predicates.__dict__)
    if "empty-predicates" in names:
        exec("def empty(message):\n    return not message\n", predicates.__dict__)
        exec("def argsEmpty(node_args):\n    return not node_args\n", predicates.__dict__)


def _whole_subflows(broker: Broker) -> None:
    """A sub-flow that is merely on the path of a selective run runs as a whole."""
    state: Any = _module("system_state").SystemState
    begun = state.__init__

    def begin(self: Any, *arguments: Any, **named: Any) -> None:
        begun(self, *arguments, **named)
        if self._selective and not self._selective["waiting_edges_subset"].get(self._flow_name):
            self._selective = False

    state.__init__ = begin


def mend(names: Iterable[str], broker: Broker) -> None:
    """Mend the faults of these names that show when flows run."""
    wanted = frozenset(names)
    for name, change in MENDS.items():
        if name in wanted:
            change(broker)


def _fallbacks_one_by_one(broker: Broker) -> None:
    """The phase ends once a fallback has been started that is waited for."""
    _fallback_phase()._ends_after_started = True


def _nowait_fallbacks(broker: Broker) -> None:
    """A fallback that nobody waits for does not end the phase."""
    _fallback_phase()._ends_after_nowait = False


def _fallback_phase() -> Any:
    state: Any = _module("system_state").SystemState
    if not hasattr(state, "_ends_after_nowait"):
        state._ends_after_started, state._ends_after_nowait = False, True
        state._compute_and_run_fallback = _run_fallbacks
    return state


def _run_fallbacks(self: Any) -> list[Any]:
    """Do as the original does, except that what ends the phase can be chosen."""
    config: Any = _module("config").Config
    started: list[Any] = []
    failed = sorted(self._failed_nodes.items())
    for size in range(len(failed), 0, -1):
        for combination in itertools.combinations(failed, size):
            rules: Any = {"next": config.failures.get(self._flow_name, {})}
            for name, _ in combination:
                rules = rules and rules["next"].get(name)
            while rules:
                found, goes_on, skip = self._run_fallback(rules, combination)
                started.extend(found)
                if found and self._ends_after_started:
                    return started
                if not goes_on and self._ends_after_nowait:
                    return started
                if skip or any(name not in self._failed_nodes for name, _ in combination):
                    break
    return started


def _whole_steps(broker: Broker) -> None:
    """A step that is repeated, or fails for another reason than failed nodes, has changed and started nothing."""
    state: Any = _module("system_state").SystemState
    init, update = state.__init__, state.update

    def whole_init(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *copy.deepcopy(args), **copy.deepcopy(kwargs))

    def whole_update(self: Any) -> Any:
        count = len(broker.published)
        try:
            return update(self)
        except Exception as error:
            if not isinstance(error, _module("errors").FlowError):
                broker.discard(broker.published[count:])
            raise

    state.__init__, state.update = whole_init, whole_update


def _user_code_errors(broker: Broker) -> None:
    """An error of user code in a step is an ordinary failure of the flow, and nothing of the step was started."""
    state: Any = _module("system_state").SystemState
    errors = _module("errors")
    init, update = state.__init__, state.update

    def noting_init(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self._before = copy.deepcopy((self._finished_nodes, self._failed_nodes))
        self._ended = list(self._active_nodes)

    def mended_update(self: Any) -> Any:
        count = len(broker.published)
        try:
            return update(self)
        except (errors.FlowError, errors.DispatcherRetry, errors.StorageError):
            raise
        except Exception as error:
            broker.discard(broker.published[count:])
            finished, failed = self._before
            for node in self._ended:
                nodes = finished if node["result"].successful() else failed
                if node["result"].successful() or node["result"].failed():
                    nodes.setdefault(node["name"], []).append(node["id"])
            raise errors.FlowError({"finished_nodes": finished, "failed_nodes": failed}) from error

    state.__init__, state.update = noting_init, mended_update


def _storage_errors(broker: Broker) -> None:
    """A storage that cannot be connected or read lets a step be repeated, wherever that comes up."""
    state: Any = _module("system_state").SystemState
    pool: Any = _module("storage_pool").StoragePool
    errors = _module("errors")
    update, connected = state.update, pool.get_connected_storage

    def mended_update(self: Any) -> Any:
        try:
            return update(self)
        except errors.StorageError as error:
            raise errors.DispatcherRetry(keep_state=True, adjust_retry_count=False) from error

    def mended_connected(cls: Any, name: str) -> Any:
        try:
            return connected(name)
        except Exception as error:
            raise errors.StorageError("cannot connect") from error

    state.update, pool.get_connected_storage = mended_update, classmethod(mended_connected)


def _arguments_of_retries(broker: Broker) -> None:
    """A flow that is tried again gets the arguments that it was started with."""
    dispatcher: Any = _module("dispatcher").Dispatcher
    retry = dispatcher.selinon_retry

    def mended_retry(self: Any, flow_info: Any, *args: Any, **kwargs: Any) -> Any:
        if not kwargs.get("keep_state", True):
            first = broker.first_arguments[flow_info["dispatcher_id"]]
            flow_info["node_args"] = copy.deepcopy(first)
        return retry(self, flow_info, *args, **kwargs)

    dispatcher.selinon_retry = mended_retry


def _arguments_from_first(broker: Broker) -> None:
    """Only the one task that the starting edge started gives the flow its arguments."""
    state: Any = _module("system_state").SystemState
    config: Any = _module("config").Config
    start, from_finished = state._start_and_update_retry, state._start_new_from_finished
    first: dict[str, str] = {}

    def noting_start(self: Any) -> Any:
        first.pop(self._dispatcher_id, None)
        found = start(self)
        if len(self._active_nodes) == 1 and not config.is_flow(self._active_nodes[0]["name"]):
            first[self._dispatcher_id] = self._active_nodes[0]["id"]
        return found

    def mended(self: Any, new_finished: Any) -> Any:
        wanted = config.node_args_from_first
        ids = [node["id"] for node in new_finished]
        if first.get(self._dispatcher_id) not in ids:
            config.node_args_from_first = {}
        try:
            return from_finished(self, new_finished)
        finally:
            config.node_args_from_first = wanted

    state._start_and_update_retry, state._start_new_from_finished = noting_start, mended


def _failure_details(broker: Broker) -> None:
    """The failure of a flow keeps the state in which it failed."""
    dispatcher: Any = _module("dispatcher").Dispatcher
    state: Any = _module("system_state").SystemState
    flow_error: Any = _module("errors").FlowError
    fail, update = dispatcher.flow_failure, state.update
    last: dict[str, Any] = {}

    def noting_update(self: Any) -> Any:
        last.clear()
        try:
            return update(self)
        except flow_error as error:
            last.update(json.loads(str(error)))
            raise

    def mended_failure(self: Any, reported: Any) -> Any:
        return fail(self, reported or dict(last))

    dispatcher.flow_failure, state.update = mended_failure, noting_update


class _Named:
    """A storage that is asked for a result under the names under which it was stored."""

    def __init__(self, storage: Any, broker: Broker) -> None:
        self._storage = storage
        self._broker = broker

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def retrieve(self, flow_name: str, task_name: str, task_id: str) -> Any:
        config: Any = _module("config").Config
        flow = self._broker.world.names[task_id].flow
        return self._storage.retrieve(flow, config.storage_task_name[task_name], task_id)


def _storage_names(broker: Broker) -> None:
    """Results are read under the names under which they were stored."""
    pool: Any = _module("storage_pool").StoragePool
    by_task = pool.get_storage_by_task_name
    named: dict[int, _Named] = {}

    def mended_by_task(cls: Any, task_name: str) -> Any:
        storage = by_task(task_name)
        return storage and named.setdefault(id(storage), _Named(storage, broker))

    pool.get_storage_by_task_name = classmethod(mended_by_task)


def _strategies(broker: Broker) -> None:
    """A strategy that gives no delay does not end a flow in which nodes are active."""
    config: Any = _module("config").Config

    def mended(strategy: Any) -> Any:
        def delay(status: Any) -> Any:
            found = strategy(status)
            return 0 if found is None and status["active_nodes"] else found

        return delay

    config.strategies = {name: mended(strategy) for name, strategy in config.strategies.items()}


def _own_arguments(broker: Broker) -> None:
    """Conditions and foreach functions get copies of the arguments."""
    config: Any = _module("config").Config

    def mended(function: Any) -> Any:
        return lambda pool, node_args: function(pool, copy.deepcopy(node_args))

    for edges in config.edge_table.values():
        for edge in edges:
            for key in ("condition", "foreach"):
                if key in edge:
                    edge[key] = mended(edge[key])


# In this order, as each wraps what those before it have wrapped.
MENDS: dict[str, Callable[[Broker], None]] = {
    "fallbacks-at-once": _fallbacks_one_by_one,
    "fallback-nowait": _nowait_fallbacks,
    "steps-in-parts": _whole_steps,
    "errors-in-user-code": _user_code_errors,
    "storage-errors": _storage_errors,
    "arguments-of-a-retry": _arguments_of_retries,
    "arguments-from-a-fallback": _arguments_from_first,
    "failure-without-details": _failure_details,
    "storage-names": _storage_names,
    "changed-arguments": _own_arguments,
    "strategy-ends-flow": _strategies,
    "selective-subflow": _whole_subflows,
}
