"""Look up names: from declarations to a system.

    before                                    after
    edges:                                    Edge(sources=(Use('Load', TASK),),
      - from: Load                                 destinations=(Use('daily', FLOW), Use('Lod', NOTHING)),
        to: [daily, Lod]                           condition=Call('fieldEqual', source='Load', …))
        condition: {name: fieldEqual, …}

Nothing is reported here: a name that refers to nothing says so, and the rules find it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import assert_never

from selinon_compiler.frontend.nodes import Scalar
from selinon_compiler.language import (
    AndDecl,
    ConditionDecl,
    EdgeDecl,
    FailureDecl,
    FlowDecl,
    ForeachDecl,
    LeafDecl,
    NodesFileDecl,
    NotDecl,
    OrDecl,
    SelectiveDecl,
)
from selinon_compiler.model import (
    And,
    Call,
    Condition,
    Edge,
    Failure,
    Finder,
    Flow,
    Foreach,
    Lookup,
    NodeKind,
    Not,
    Or,
    Problem,
    Selective,
    Settings,
    Signature,
    Storage,
    System,
    Task,
    Use,
)
from selinon_compiler.source import SourceFile

NAMING_KEYS = (
    "nowait",
    "eager_failures",
    "propagate_node_args",
    "propagate_parent",
    "propagate_finished",
    "propagate_compound_finished",
    "propagate_failures",
    "propagate_compound_failures",
    "propagate_parent_failures",
)
"""Keys of a flow that name nodes of it."""

_NAMED = tuple((key, attrgetter(key)) for key in NAMING_KEYS)
_NOTHING_NAMED: Mapping[str, tuple[Use, ...]] = dict.fromkeys(NAMING_KEYS, ())


def resolve(nodes_file: NodesFileDecl, flows: Iterable[FlowDecl], find: Finder) -> System:
    """Return the system that a nodes file and flow definitions describe."""
    declared = tuple(flows)
    settings = nodes_file.global_
    predicates = (settings.predicates_module if settings else None) or "selinon.predicates"
    names = {decl.name.value: NodeKind.FLOW for decl in declared}
    names.update((name.value, NodeKind.FLOW) for name in nodes_file.flows)
    names.update(
        (task, NodeKind.NOTHING if task in names else NodeKind.TASK)
        for task in [*{decl.name.value: None for decl in nodes_file.tasks}]
    )
    lookup = _Lookup(names, lambda name: find(predicates, name), find)
    return System(
        tasks={
            decl.name.value: Task(
                name=decl.name.value,
                decl=decl,
                found=find(decl.import_, decl.classname or decl.name.value),
            )
            for decl in reversed(nodes_file.tasks)
        },
        storages={
            decl.name.value: Storage(
                name=decl.name.value,
                decl=decl,
                found=find(decl.import_, decl.classname or decl.name.value),
            )
            for decl in reversed(nodes_file.storages)
        },
        flows={decl.name.value: lookup.flow(decl) for decl in reversed(declared)},
        settings=Settings(decl=settings, predicates_module=predicates),
        nodes_file=nodes_file,
        listed=nodes_file.flows,
        declared_flows=declared,
        find=find,
    )


class _Lookup:
    """Resolves flows against the names of all nodes; `unknown` gathers the uses of a flow that refer to nothing.

    The name of a task and a flow is of no kind either, but known: which of the two is meant cannot be told.
    """

    def __init__(
        self, names: Mapping[str, NodeKind], predicate: Callable[[str], Lookup], find: Finder
    ) -> None:
        self.names = names
        self.predicate = predicate
        self.find = find
        self.predicates: dict[str, tuple[Lookup, Signature | None]] = {}
        self.unknown: list[Use] = []
        self.calls: list[tuple[Edge | Failure, Call]] = []

    def flow(self, decl: FlowDecl) -> Flow:
        self.unknown, self.calls = [], []
        return Flow(
            name=decl.name.value,
            decl=decl,
            edges=tuple(self.edge(edge, number) for number, edge in enumerate(decl.edges)),
            failures=tuple(self.failure(failure) for failure in decl.failures),
            named=self.named(decl),
            unknown=tuple(self.unknown),
            calls=tuple(self.calls),
        )

    def named(self, decl: FlowDecl) -> Mapping[str, tuple[Use, ...]]:
        found = _NOTHING_NAMED
        for key, get in _NAMED:
            value = get(decl)
            if value and type(value) is tuple:
                found = {**found, key: self.uses(decl.file, value)}
        return found

    def uses(self, file: SourceFile, names: Iterable[Scalar]) -> tuple[Use, ...]:
        found = []
        for name in names:
            kind = self.names.get(name.value)
            if kind is not None:
                found.append(Use(name.value, kind, name, file))
            else:
                found.append(Use(name.value, NodeKind.NOTHING, name, file))
                self.unknown.append(found[-1])
        return tuple(found)

    def edge(self, decl: EdgeDecl, number: int) -> Edge:
        file, condition = decl.file, decl.condition
        sources = self.uses(file, decl.from_)
        if len(sources) > 1:
            sources = tuple({use.name: use for use in reversed(sources)}.values())[::-1]
        calls: list[Call] = []
        edge = Edge(
            decl,
            number,
            sources,
            self.uses(file, decl.to),
            None if condition is None else self.condition(condition, sources, calls),
            None if decl.foreach is None else self.foreach(decl.foreach),
            None if decl.selective is None else self.selective(decl.selective),
        )
        for call in calls:
            self.calls.append((edge, call))
        return edge

    def foreach(self, decl: ForeachDecl) -> Foreach:
        return Foreach(decl=decl, found=self.find(decl.import_, decl.function))

    def selective(self, decl: SelectiveDecl) -> Selective:
        flows = decl.run_subsequent
        return Selective(
            decl=decl,
            tasks=self.uses(decl.file, decl.tasks),
            subsequent=() if isinstance(flows, bool) else self.uses(decl.file, flows),
        )

    def failure(self, decl: FailureDecl) -> Failure:
        calls: list[Call] = []
        condition = decl.condition
        failure = Failure(
            decl=decl,
            nodes=self.uses(decl.file, decl.nodes),
            fallback=self.uses(decl.file, decl.fallback),
            condition=None if condition is None else self.condition(condition, (), calls),
        )
        self.calls.extend((failure, call) for call in calls)
        return failure

    def condition(
        self, decl: ConditionDecl, sources: tuple[Use, ...], calls: list[Call]
    ) -> Condition:
        return self.operand(decl, sources[0].name if len(sources) == 1 else None, calls)

    def operand(self, decl: ConditionDecl, only: str | None, calls: list[Call]) -> Condition:
        match decl:
            case LeafDecl():
                call = self.call(decl, only)
                calls.append(call)
                return call
            case NotDecl(operand=operand):
                return Not(self.operand(operand, only, calls))
            case AndDecl(operands=operands):
                return And(tuple([self.operand(operand, only, calls) for operand in operands]))
            case OrDecl(operands=operands):
                return Or(tuple([self.operand(operand, only, calls) for operand in operands]))
            case _:
                assert_never(decl)

    def call(self, decl: LeafDecl, only: str | None) -> Call:
        name, source = decl.name.value, decl.source
        if name not in self.predicates:
            found = self.predicate(name)
            signature = None if isinstance(found, Problem) else found.signature
            self.predicates[name] = found, signature
        found, signature = self.predicates[name]
        return Call(
            decl,
            name,
            source.value if source else only,
            None if decl.task is None else decl.task.value,
            decl.quantifier,
            decl.args or {},
            found,
            signature,
        )
