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
from typing import TypeAlias, assert_never

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
    Section,
)
from selinon_compiler.model import (
    And,
    Call,
    Condition,
    Edge,
    Failure,
    Flow,
    Foreach,
    Lookup,
    NodeKind,
    Not,
    Or,
    Settings,
    Storage,
    System,
    Task,
    Use,
)

Finder: TypeAlias = Callable[[str, str], Lookup]
"""Returns what is known of a name in a module."""

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


def resolve(nodes_file: NodesFileDecl, flows: Iterable[FlowDecl], find: Finder) -> System:
    """Return the system that a nodes file and flow definitions describe."""
    declared = tuple(flows)
    settings = nodes_file.global_
    predicates = (settings.predicates_module if settings else None) or "selinon.predicates"
    names = {decl.name.value: NodeKind.FLOW for decl in declared}
    names.update((name.value, NodeKind.FLOW) for name in nodes_file.flows)
    names.update((decl.name.value, NodeKind.TASK) for decl in nodes_file.tasks)
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
    )


class _Lookup:
    """Resolves flows against the names of all nodes."""

    def __init__(
        self, names: Mapping[str, NodeKind], predicate: Callable[[str], Lookup], find: Finder
    ) -> None:
        self.names = names
        self.predicate = predicate
        self.find = find

    def flow(self, decl: FlowDecl) -> Flow:
        return Flow(
            name=decl.name.value,
            decl=decl,
            edges=tuple(self.edge(decl_, index) for index, decl_ in enumerate(decl.edges)),
            failures=tuple(self.failure(decl_) for decl_ in decl.failures),
            named={key: self.named(decl, key) for key in NAMING_KEYS},
        )

    def named(self, decl: FlowDecl, key: str) -> tuple[Use, ...]:
        value = getattr(decl, key)
        return () if isinstance(value, bool) else self.uses(decl, value)

    def uses(self, section: Section, names: Iterable[Scalar]) -> tuple[Use, ...]:
        return tuple(
            Use(
                name.value, self.names.get(name.value, NodeKind.NOTHING), section.span_of_node(name)
            )
            for name in names
        )

    def edge(self, decl: EdgeDecl, index: int) -> Edge:
        sources = self.uses(decl, decl.from_)
        return Edge(
            decl=decl,
            index=index,
            sources=tuple(
                {use.name: use for use in reversed(sources)}[name] for name in _once(sources)
            ),
            destinations=self.uses(decl, decl.to),
            condition=self.condition(decl.condition, _once(sources)),
            foreach=None if decl.foreach is None else self.foreach(decl.foreach),
        )

    def foreach(self, decl: ForeachDecl) -> Foreach:
        return Foreach(decl=decl, found=self.find(decl.import_, decl.function))

    def failure(self, decl: FailureDecl) -> Failure:
        return Failure(
            decl=decl,
            nodes=self.uses(decl, decl.nodes),
            fallback=self.uses(decl, decl.fallback),
            condition=self.condition(decl.condition, ()),
        )

    def condition(self, decl: ConditionDecl | None, sources: tuple[str, ...]) -> Condition | None:
        return None if decl is None else self.operand(decl, sources)

    def operand(self, decl: ConditionDecl, sources: tuple[str, ...]) -> Condition:
        match decl:
            case LeafDecl():
                only = sources[0] if len(sources) == 1 else None
                return Call(
                    decl=decl,
                    predicate=decl.name.value,
                    source=decl.source.value if decl.source else only,
                    arguments=decl.args or {},
                    found=self.predicate(decl.name.value),
                )
            case NotDecl(operand=operand):
                return Not(self.operand(operand, sources))
            case AndDecl(operands=operands):
                return And(tuple(self.operand(operand, sources) for operand in operands))
            case OrDecl(operands=operands):
                return Or(tuple(self.operand(operand, sources) for operand in operands))
            case _:
                assert_never(decl)


def _once(uses: Iterable[Use]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(use.name for use in uses))
