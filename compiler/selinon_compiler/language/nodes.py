"""The sections of a nodes file."""

from __future__ import annotations

from typing import Any

from selinon_compiler.frontend.nodes import Scalar
from selinon_compiler.language.flows import FlowDecl
from selinon_compiler.language.kinds import (
    CONFIGURATION,
    COUNT,
    SWITCH,
    TEXT,
    elsewhere,
    many,
    one,
)
from selinon_compiler.language.names import IDENTIFIER, LABEL, MODULE, NAME, NAME_LIST
from selinon_compiler.language.shared import CacheDecl, ThrottlingDecl
from selinon_compiler.language.table import Section, key, section
from selinon_compiler.language.templates import TEMPLATE
from selinon_compiler.language.trace import TRACE, TraceDecl


@section("selective_run_function")
class SelectiveFunctionDecl(Section):
    """A function that decides, in a selective run, whether a task runs or an older result is used."""

    name: str = key(
        IDENTIFIER, default="always_run", spellings=("function",), doc="Name of the function."
    )
    import_: str = key(MODULE, default="selinon.routines", doc="Module of the function.")


@section("tasks[]")
class TaskDecl(Section):
    """A task: a class whose `run` method does the work."""

    name: Scalar = key(NAME, doc="Name by which flows refer to the task.")
    import_: str = key(MODULE, doc="Module of the class.")
    classname: str | None = key(
        IDENTIFIER, default=None, doc="Name of the class, when it is not that of the task."
    )
    max_retry: int = key(COUNT, default=0, doc="How often a failed task is run again.")
    retry_countdown: int = key(COUNT, default=0, doc="Seconds before a failed task is run again.")
    output_schema: str | None = key(
        TEXT, default=None, doc="Path of the JSON Schema that the task's results must meet."
    )
    storage: Scalar | None = key(
        LABEL, default=None, doc="Storage of the task's results; without one, they are dropped."
    )
    storage_readonly: bool = key(
        SWITCH,
        default=False,
        spellings=("storage_read_only",),
        doc="Do not store results; the task only reads.",
    )
    storage_task_name: str | None = key(
        TEXT, default=None, doc="Name of the task towards the storage."
    )
    selective_run_function: SelectiveFunctionDecl | None = key(
        one(SelectiveFunctionDecl), default=None, doc="Decides about the task in selective runs."
    )
    queue: str | None = key(TEMPLATE, default=None, doc="Queue of the messages that run the task.")
    throttling: ThrottlingDecl | None = key(
        one(ThrottlingDecl), default=None, doc="Least time between two starts of the task."
    )
    cache: CacheDecl | None = key(
        one(CacheDecl),
        default=None,
        nullable=False,
        doc="Cache of the task's results, instead of that of its storage.",
    )


@section("storages[]")
class StorageDecl(Section):
    """A storage: an adapter for a database, and its configuration."""

    name: Scalar = key(LABEL, doc="Name by which tasks refer to the storage.")
    import_: str = key(MODULE, doc="Module of the adapter.")
    classname: str | None = key(
        IDENTIFIER,
        default=None,
        doc="Class of the adapter, when its name is not that of the storage.",
    )
    configuration: Any = key(
        CONFIGURATION,
        default=None,
        doc="Keyword arguments of the adapter, or its only positional argument.",
    )
    cache: CacheDecl | None = key(
        one(CacheDecl), default=None, nullable=False, doc="Cache of results read from the storage."
    )


@section("global")
class GlobalDecl(Section):
    """What holds for all flows and tasks."""

    predicates_module: str | None = key(
        MODULE, default=None, doc="Module of the predicates, instead of `selinon.predicates`."
    )
    default_task_queue: str | None = key(
        TEMPLATE, default=None, doc="Queue of tasks that name none; `celery` by default."
    )
    default_dispatcher_queue: str | None = key(
        TEMPLATE, default=None, doc="Queue of flows that name none; `celery` by default."
    )
    migration_dir: str | None = key(TEMPLATE, default=None, doc="Directory of migration files.")
    trace: bool | tuple[TraceDecl, ...] = key(
        TRACE,
        default=False,
        nullable=False,
        doc="Where to report events to; `true` for Python's logging.",
    )


@section("nodes file", lenient=True)
class NodesFileDecl(Section):
    """The file that declares tasks, flows and storages."""

    tasks: tuple[TaskDecl, ...] = key(many(TaskDecl), nullable=False, doc="The tasks.")
    flows: tuple[Scalar, ...] = key(NAME_LIST, nullable=False, doc="Names of all flows.")
    storages: tuple[StorageDecl, ...] = key(many(StorageDecl), default=(), doc="The storages.")
    global_: GlobalDecl | None = key(one(GlobalDecl), default=None, doc="Settings.")
    flow_definitions: tuple[FlowDecl, ...] = key(
        elsewhere(many(FlowDecl)),
        name="flow-definitions",
        default=(),
        doc="Flows; they are read when the file is also given as a flow file.",
    )
