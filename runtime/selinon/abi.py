"""The types that emitted packages are made of.

A package which the compiler wrote imports from this module only, so this module is the whole contract between
the two: every name in `__all__` is part of it, and `ABI_VERSION` changes when one of them changes its meaning.
The specifications are data; what they mean is defined by the engine. Nothing here imports a third-party library
or a user's module before it is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from selinon.environment import environment_names, expand
from selinon.record import Record, made_by
from selinon.version import ABI_VERSION

if TYPE_CHECKING:
    from datetime import date, datetime, time

__all__ = [
    "ABI_VERSION",
    "CacheSpec",
    "Condition",
    "EdgeSpec",
    "FailureSpec",
    "FlowSpec",
    "ForeachSpec",
    "Package",
    "Predicate",
    "Reference",
    "Results",
    "SelectiveSpec",
    "SettingsSpec",
    "StorageSpec",
    "StrategySpec",
    "TaskSpec",
    "TraceSpec",
    "binary",
    "environment_names",
    "expand",
    "moment",
    "real",
]

Results: TypeAlias = Mapping[str, Any]
"""Results of the tasks of one combination of an edge's sources, by task name; a result is read when it is looked up."""

Condition: TypeAlias = Callable[[Results, Any], bool]
"""A condition: a function of the results of the sources and of the flow's arguments."""

Names: TypeAlias = tuple[str, ...]
"""Names of nodes, in the order in which they are written."""


def real(text: str) -> float:
    """Return a float which has no literal in Python: `nan`, `inf` or `-inf`."""
    return float(text)


def moment(text: str) -> date | datetime | time:
    """Return a date or a point in time, given in ISO 8601."""
    from datetime import date, datetime

    return (
        date.fromisoformat(text) if len(text) == len("2000-01-01") else datetime.fromisoformat(text)
    )


def binary(text: str) -> bytes:
    """Return bytes given as hexadecimal digits."""
    return bytes.fromhex(text)


class Reference(Record):
    """A module-level object of a user's module, imported when it is first used."""

    module: str
    name: str

    def resolve(self) -> Any:
        """Return the object.

        Raises:
            ImportError: the module cannot be imported.
            AttributeError: the module has no such name.
        """
        return getattr(importlib.import_module(self.module), self.name)

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Predicate:
    """A predicate that emitted conditions call, imported when it is first called."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    @cached_property
    def _function(self) -> Callable[..., object]:
        function: Callable[..., object] = getattr(importlib.import_module(self.module), self.name)
        return function

    def __call__(self, /, **arguments: Any) -> bool:
        """Call the predicate with exactly these arguments; its result counts by its truth."""
        return bool(self._function(**arguments))

    @cached_property
    def _accepted(self) -> frozenset[str]:
        from inspect import signature

        return frozenset(signature(self._function).parameters)

    def bind(
        self, results: Results, node_args: Any, node: str | None, arguments: Mapping[str, Any]
    ) -> bool:
        """Call a predicate whose signature the compiler could not see.

        The result of `node` is read, and passed as `message`, only when the predicate has a parameter of that
        name; the same holds for `node_args`.
        """
        given = dict(arguments)
        if "message" in self._accepted and node is not None:
            given["message"] = results[node]
        if "node_args" in self._accepted:
            given["node_args"] = node_args
        return self(**given)


class CacheSpec(Record):
    """A cache: its class and the keyword arguments of the constructor."""

    cache: Reference
    configuration: Mapping[str, Any] = made_by(default_factory=dict)


class StrategySpec(Record):
    """A sampling strategy: a function that gets the status of a run and these arguments."""

    function: Reference
    arguments: Mapping[str, Any] = made_by(default_factory=dict)


class ForeachSpec(Record):
    """A function whose result says how often the destinations of an edge are started."""

    function: Reference
    propagate_result: bool = False


class SelectiveSpec(Record):
    """A selective run of the sub-flow an edge leads to."""

    tasks: Names
    run_subsequent: bool | Names = False
    follow_subflows: bool = False


class TaskSpec(Record):
    """A task.

    `retry_countdown` is in seconds, `throttling` is the least number of seconds between two starts, `queue` may hold
    `{NAME}` references to the environment, `output_schema` is the name of a file in the package's `schemas` folder.
    """

    name: str
    task: Reference
    queue: str | None = None
    max_retry: int = 0
    retry_countdown: int = 0
    storage: str | None = None
    storage_readonly: bool = False
    storage_task_name: str | None = None
    output_schema: str | None = None
    selective_run_function: Reference | None = None
    throttling: float | None = None
    cache: CacheSpec | None = None


class StorageSpec(Record):
    """A storage: its adapter and what the adapter is configured with.

    A mapping is passed to the adapter as keyword arguments, anything else as its only positional argument.
    """

    name: str
    adapter: Reference
    configuration: Any = made_by(default_factory=dict)
    cache: CacheSpec | None = None


class EdgeSpec(Record):
    """An edge: when all sources have finished, and the condition holds, every destination starts.

    `key` identifies the edge within its flow, across edits of the file that leave its ends alone: it digests sources
    and destinations, and counts among edges with equal ones. An edge without sources is a starting edge. A name
    repeated in `destinations` is started as often.
    """

    key: str
    sources: Names
    destinations: Names
    condition: Condition | None = None
    condition_text: str = "True"
    foreach: ForeachSpec | None = None
    selective: SelectiveSpec | None = None


class FailureSpec(Record):
    """A rule for failures: when all of `nodes` (sorted, each once) have failed, every fallback node starts.

    Without fallback nodes the failure is forgiven. `propagate_failure` lets the flow fail in the end nevertheless.
    """

    key: str
    nodes: Names
    fallback: Names
    condition: Condition | None = None
    condition_text: str = "True"
    propagate_failure: bool = False


class FlowSpec(Record):
    """A flow.

    `subflows` are those of its nodes that are flows. Where a flag is `bool | Names`, `True` means every node it can
    apply to. `fingerprint` digests the edges without their conditions.
    """

    name: str
    fingerprint: str
    edges: tuple[EdgeSpec, ...]
    failures: tuple[FailureSpec, ...] = ()
    subflows: Names = ()
    nowait: Names = ()
    eager_failures: bool | Names = False
    node_args_from_first: bool = False
    propagate_node_args: bool | Names = False
    propagate_parent: bool | Names = False
    propagate_finished: bool | Names = False
    propagate_compound_finished: bool | Names = False
    propagate_failures: bool | Names = False
    propagate_compound_failures: bool | Names = False
    propagate_parent_failures: bool | Names = False
    queue: str | None = None
    max_retry: int = 0
    retry_countdown: int = 0
    sampling: StrategySpec | None = None
    throttling: float | None = None
    cache: CacheSpec | None = None


class TraceSpec(Record):
    """One sink of trace events.

    `kind` is `logging`, `json`, `function`, `storage` or `sentry`; the other fields are set as that kind needs them:
    a `function`, the name of a `storage` and of the `method` to call on it, or a `dsn` (it may hold `{NAME}`).
    """

    kind: str
    function: Reference | None = None
    storage: str | None = None
    method: str | None = None
    dsn: str | None = None


class SettingsSpec(Record):
    """What holds for all flows and tasks of a package; queues and the directory may hold `{NAME}` references."""

    predicates_module: str = "selinon.predicates"
    default_task_queue: str = "celery"
    default_dispatcher_queue: str = "celery"
    migration_dir: str | None = None
    trace: tuple[TraceSpec, ...] = ()


class Package(Record):
    """A package as it announces itself: where it lies and which of its versions is the current one."""

    name: str
    version: str
    abi: int
    directory: str
