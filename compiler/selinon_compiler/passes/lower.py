"""Lower a system to its plan.

    before: Edge(decl=EdgeDecl(…), sources=(Use('Load'),), condition=Call('fieldExist', …))
    after:  EdgePlan(key='0a1b2c3d4e5f', sources=('Load',),
                     condition=CallPlan('fieldExist', node='Load', takes=('message',)))

Nothing in a plan depends on where something was written.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias, assert_never

from selinon.abi import (
    CacheSpec,
    ForeachSpec,
    Reference,
    SelectiveSpec,
    SettingsSpec,
    StorageSpec,
    StrategySpec,
    TaskSpec,
    TraceSpec,
)
from selinon_compiler.analysis.ranks import ranks
from selinon_compiler.language import (
    CacheDecl,
    GlobalDecl,
    SamplingDecl,
    SelectiveFunctionDecl,
    ThrottlingDecl,
    TraceDecl,
)
from selinon_compiler.model import (
    And,
    Call,
    Condition,
    Edge,
    Failure,
    Flow,
    Not,
    Or,
    Storage,
    System,
    Task,
    Use,
)
from selinon_compiler.passes.condition_text import condition_text
from selinon_compiler.passes.inputs import takes
from selinon_compiler.plan import (
    AndPlan,
    CallPlan,
    ConditionPlan,
    EdgePlan,
    FailurePlan,
    FlowPlan,
    NotPlan,
    OrPlan,
    Plan,
    edge_keys,
    flow_identity,
)

_SECONDS = {
    "weeks": 604_800,
    "days": 86_400,
    "hours": 3600,
    "minutes": 60,
    "seconds": 1,
    "milliseconds": 1e-3,
    "microseconds": 1e-6,
}
"""The units of throttling, in seconds. An interval counts whole microseconds."""


Ends: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""The names of the sources and of the destinations of an edge."""


def lower(system: System, schemas: Mapping[str, str]) -> Plan:
    """Return the plan of a system without errors; `schemas` holds the texts of output schemas by task."""
    flows = tuple(lower_flow(flow) for _, flow in sorted(system.flows.items()))
    return replace(lower_nodes(system, schemas), flows=flows)


def lower_nodes(system: System, schemas: Mapping[str, str]) -> Plan:
    """Return the plan of all but the flows."""
    files = {name: _schema_file(name, text) for name, text in schemas.items()}
    return Plan(
        tasks=tuple(_task(task, files.get(name)) for name, task in sorted(system.tasks.items())),
        storages=tuple(_storage(storage) for _, storage in sorted(system.storages.items())),
        settings=_settings(system.settings.decl, system.settings.predicates_module),
        schemas={file: schemas[name] for name, file in sorted(files.items())},
    )


def lower_flow(flow: Flow) -> FlowPlan:
    """Return the plan of a flow.

    It depends on the declaration of the flow, on the kinds of its nodes, and on what its predicates take.
    """
    decl = flow.decl
    ends = _ends(flow)
    identity = flow_identity(ends)
    return FlowPlan(
        name=flow.name,
        fingerprint=identity.fingerprint,
        edges=tuple(map(_edge, flow.edges, identity.edge_keys, ends)),
        failures=tuple(map(_failure, flow.failures, failure_keys(flow))),
        subflows=flow.subflows,
        ranks=_ranks(flow, ends),
        nowait=_sorted(flow, "nowait"),
        eager_failures=decl.eager_failures is True or _sorted(flow, "eager_failures") or False,
        node_args_from_first=decl.node_args_from_first,
        propagate_node_args=_chosen(flow, "propagate_node_args"),
        propagate_parent=_chosen(flow, "propagate_parent"),
        propagate_finished=_chosen(flow, "propagate_finished"),
        propagate_compound_finished=_chosen(flow, "propagate_compound_finished"),
        propagate_failures=_chosen(flow, "propagate_failures"),
        propagate_compound_failures=_chosen(flow, "propagate_compound_failures"),
        propagate_parent_failures=_chosen(flow, "propagate_parent_failures"),
        queue=decl.queue,
        max_retry=decl.max_retry,
        retry_countdown=decl.retry_countdown,
        sampling=_sampling(decl.sampling),
        throttling=_throttling(decl.throttling),
        cache=_cache(decl.cache),
    )


def _ranks(flow: Flow, ends: Sequence[Ends]) -> Mapping[str, int]:
    """Return the ranks of the nodes of a flow with joins; only joins keep ids that can be released."""
    if all(len(sources) < 2 for sources, _ in ends):
        return {}
    failures = [(_names(failure.nodes), _names(failure.fallback)) for failure in flow.failures]
    return ranks([*ends, *failures])


def flow_edge_keys(flow: Flow) -> tuple[str, ...]:
    """Return the keys of the edges of a flow."""
    return edge_keys(_ends(flow))


def _ends(flow: Flow) -> list[Ends]:
    return [(_names(edge.sources), _names(edge.destinations)) for edge in flow.edges]


def failure_keys(flow: Flow) -> tuple[str, ...]:
    """Return the keys of a flow's rules for failures."""
    ends = (
        (sorted({use.name for use in rule.nodes}), _names(rule.fallback)) for rule in flow.failures
    )
    return tuple(f"!{key}" for key in edge_keys(ends))


def _schema_file(task: str, text: str) -> str:
    """Return the name of a schema's file: the task's name, told apart from names equal but for case."""
    digest = hashlib.sha256(f"{task}\0{text}".encode()).hexdigest()[:8]
    return f"{re.sub('[^A-Za-z0-9_]', '_', task)[:64]}-{digest}.json"


def _task(task: Task, schema: str | None) -> TaskSpec:
    decl = task.decl
    return TaskSpec(
        name=task.name,
        task=Reference(decl.import_, decl.classname or task.name),
        queue=decl.queue,
        max_retry=decl.max_retry,
        retry_countdown=decl.retry_countdown,
        storage=task.storage,
        storage_readonly=decl.storage_readonly,
        storage_task_name=decl.storage_task_name,
        output_schema=schema,
        selective_run_function=_selective_function(decl.selective_run_function),
        throttling=_throttling(decl.throttling),
        cache=_cache(decl.cache),
    )


def _selective_function(decl: SelectiveFunctionDecl | None) -> Reference | None:
    return None if decl is None else Reference(decl.import_, decl.name)


def _storage(storage: Storage) -> StorageSpec:
    decl = storage.decl
    return StorageSpec(
        name=storage.name,
        adapter=Reference(decl.import_, decl.classname or storage.name),
        configuration={} if decl.configuration is None else decl.configuration,
        cache=_cache(decl.cache),
    )


def _cache(decl: CacheDecl | None) -> CacheSpec | None:
    if decl is None:
        return None
    configuration = {"max_cache_size": 0} if decl.configuration is None else decl.configuration
    return CacheSpec(
        cache=Reference(decl.import_, decl.name.value if decl.name else "LRU"),
        configuration=configuration,
    )


def _throttling(decl: ThrottlingDecl | None) -> float | None:
    if decl is None:
        return None
    interval = sum(getattr(decl, unit) * seconds for unit, seconds in _SECONDS.items())
    return round(float(interval), 6) or None


def _sampling(decl: SamplingDecl | None) -> StrategySpec | None:
    if decl is None:
        return None
    return StrategySpec(
        function=Reference(decl.import_, decl.name.value), arguments=decl.args or {}
    )


def _names(uses: tuple[Use, ...]) -> tuple[str, ...]:
    return tuple([use.name for use in uses])


def _sorted(flow: Flow, key: str) -> tuple[str, ...]:
    uses = flow.named[key]
    return tuple(sorted({use.name for use in uses})) if uses else ()


def _chosen(flow: Flow, key: str) -> bool | tuple[str, ...]:
    return getattr(flow.decl, key) is True or _sorted(flow, key) or False


def _edge(edge: Edge, key: str, ends: Ends) -> EdgePlan:
    condition = _condition(edge.condition)
    return EdgePlan(  # there are many, and a record is made twice as quickly by place
        key,
        *ends,
        condition,
        "True" if condition is None else condition_text(condition),
        _foreach(edge),
        _selective(edge),
        edge.decl.propagate_result,
    )


def _foreach(edge: Edge) -> ForeachSpec | None:
    if edge.foreach is None:
        return None
    decl = edge.foreach.decl
    return ForeachSpec(
        function=Reference(decl.import_, decl.function), propagate_result=decl.propagate_result
    )


def _selective(edge: Edge) -> SelectiveSpec | None:
    decl = edge.decl.selective
    if decl is None:
        return None
    subsequent = decl.run_subsequent
    return SelectiveSpec(
        tasks=tuple(name.value for name in decl.tasks),
        run_subsequent=subsequent
        if isinstance(subsequent, bool)
        else tuple(sorted({name.value for name in subsequent})) or False,
        follow_subflows=decl.follow_subflows,
    )


def _failure(rule: Failure, key: str) -> FailurePlan:
    condition = _condition(rule.condition)
    return FailurePlan(
        key=key,
        nodes=tuple(sorted({use.name for use in rule.nodes})),
        fallback=_names(rule.fallback),
        condition=condition,
        condition_text=condition_text(condition),
        propagate_failure=rule.decl.propagate_failure,
    )


def _condition(condition: Condition | None) -> ConditionPlan | None:
    return None if condition is None else _operand(condition)


def _operand(condition: Condition) -> ConditionPlan:
    match condition:
        case Call(signature=signature):
            taken = takes(signature)
            looks = taken is None or "message" in taken
            return CallPlan(  # as above
                condition.predicate,
                condition.source if looks else None,
                condition.task if looks else None,
                condition.quantifier or "last",
                condition.arguments,
                taken,
            )
        case Not(operand=operand):
            return NotPlan(operand=_operand(operand))
        case And(operands=operands):
            return AndPlan(operands=tuple([_operand(operand) for operand in operands]))
        case Or(operands=operands):
            return OrPlan(operands=tuple([_operand(operand) for operand in operands]))
        case _:
            assert_never(condition)


def _settings(decl: GlobalDecl | None, predicates: str) -> SettingsSpec:
    if decl is None:
        return SettingsSpec(predicates_module=predicates)
    return SettingsSpec(
        predicates_module=predicates,
        default_task_queue=decl.default_task_queue or "celery",
        default_dispatcher_queue=decl.default_dispatcher_queue or "celery",
        migration_dir=decl.migration_dir,
        trace=_trace(decl.trace),
    )


def _trace(sinks: bool | tuple[TraceDecl, ...]) -> tuple[TraceSpec, ...]:
    """Return the sinks in the order in which they get events; of several entries for JSON, the last one counts."""
    if isinstance(sinks, bool):
        return (TraceSpec(kind="logging"),) if sinks else ()
    specs = [TraceSpec(kind="logging") for _ in [sink for sink in sinks if sink.logging][:1]]
    specs += [
        TraceSpec(kind="storage", storage=sink.storage.name.value, method=sink.storage.method)
        for sink in sinks
        if sink.storage
    ]
    specs += [
        TraceSpec(kind="function", function=Reference(sink.function.import_, sink.function.name))
        for sink in sinks
        if sink.function
    ]
    specs += [TraceSpec(kind="sentry", dsn=sink.sentry.dsn) for sink in sinks if sink.sentry]
    stated = [sink.json for sink in sinks if sink.states("json")]
    return (*specs, TraceSpec(kind="json")) if stated and stated[-1] else tuple(specs)
