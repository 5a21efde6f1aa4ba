"""Tasks, storages, flows and how they refer to each other.

The model is complete also when names are wrong: a `Use` that refers to nothing says so, and the rules report it.
Every thing keeps its declaration, for places.

Things of which there are ten for each flow are plain objects: those are made and read twice as quickly as tuples with
names. Nobody changes them either.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from selinon.record import Record, Remembering
from selinon_compiler.frontend.nodes import Scalar
from selinon_compiler.language import (
    EdgeDecl,
    FailureDecl,
    FlowDecl,
    ForeachDecl,
    GlobalDecl,
    NodesFileDecl,
    SelectiveDecl,
    StorageDecl,
    TaskDecl,
)
from selinon_compiler.model.conditions import Call, Condition
from selinon_compiler.model.definitions import Finder, Lookup
from selinon_compiler.model.reach import Spread, spread, sure_steps
from selinon_compiler.model.references import Reference, references
from selinon_compiler.source import SourceFile, Span


class NodeKind(Enum):
    """What a name of a node refers to."""

    TASK = "task"
    FLOW = "flow"
    NOTHING = "nothing"


class Use:
    """A place where a node is named, and what the name refers to."""

    __match_args__ = ("name", "kind", "node", "file")
    __slots__ = __match_args__

    def __init__(self, name: str, kind: NodeKind, node: Scalar, file: SourceFile) -> None:
        self.name = name
        self.kind = kind
        self.node = node
        self.file = file

    @property
    def span(self) -> Span:
        """Return where the name stands."""
        return Span(self.file, self.node.start, self.node.end)


class Task(NamedTuple):
    """A task; `found` is what is known of its class."""

    name: str
    decl: TaskDecl
    found: Lookup

    @property
    def storage(self) -> str | None:
        """Return the name of the storage of its results, whether or not there is such a storage."""
        return self.decl.storage.value if self.decl.storage else None


class Storage(NamedTuple):
    """A storage; `found` is what is known of its adapter's class."""

    name: str
    decl: StorageDecl
    found: Lookup


class Foreach(NamedTuple):
    """The foreach function of an edge."""

    decl: ForeachDecl
    found: Lookup


class Selective(NamedTuple):
    """What a sub-flow is to run: `tasks` with what leads to them, and what follows them in the flows `subsequent`."""

    decl: SelectiveDecl
    tasks: tuple[Use, ...]
    subsequent: tuple[Use, ...]


class Edge:
    """An edge; `number` counts from 0, `sources` holds each name once, `destinations` as often as it is written."""

    __match_args__ = (
        "decl",
        "number",
        "sources",
        "destinations",
        "condition",
        "foreach",
        "selective",
    )
    __slots__ = __match_args__

    def __init__(
        self,
        decl: EdgeDecl,
        number: int,
        sources: tuple[Use, ...],
        destinations: tuple[Use, ...],
        condition: Condition | None,
        foreach: Foreach | None,
        selective: Selective | None,
    ) -> None:
        self.decl = decl
        self.number = number
        self.sources = sources
        self.destinations = destinations
        self.condition = condition
        self.foreach = foreach
        self.selective = selective


class Failure(NamedTuple):
    """A rule for failures; `nodes` as written, `fallback` empty when failures are forgiven."""

    decl: FailureDecl
    nodes: tuple[Use, ...]
    fallback: tuple[Use, ...]
    condition: Condition | None


class Flow(Remembering, Record):
    """A flow.

    `named` holds, by key, the nodes that the flow's own keys name (`nowait`, `propagate_parent`, …), `unknown` the
    uses in all of it that refer to nothing, `calls` the calls of predicates, each with what its condition belongs to.
    """

    name: str
    decl: FlowDecl
    edges: tuple[Edge, ...]
    failures: tuple[Failure, ...]
    named: Mapping[str, tuple[Use, ...]]
    unknown: tuple[Use, ...]
    calls: tuple[tuple[Edge | Failure, Call], ...]

    @cached_property
    def started(self) -> Mapping[str, Use]:
        """Return the nodes that an edge or a fallback starts, by name, with the first place."""
        found: dict[str, Use] = {}
        for edge in self.edges:
            for use in edge.destinations:
                found.setdefault(use.name, use)
        for failure in self.failures:
            for use in failure.fallback:
                found.setdefault(use.name, use)
        return found

    @property
    def repeats(self) -> bool:
        """Whether a node is started at several places."""
        places = sum([len(edge.destinations) for edge in self.edges])
        return places + sum([len(failure.fallback) for failure in self.failures]) > len(
            self.started
        )

    @cached_property
    def awaited(self) -> Mapping[str, Use]:
        """Return the nodes that an edge or a failure waits for, by name, with the first place."""
        found: dict[str, Use] = {}
        for edge in self.edges:
            for use in edge.sources:
                found.setdefault(use.name, use)
        for failure in self.failures:
            for use in failure.nodes:
                found.setdefault(use.name, use)
        return found

    @cached_property
    def subflows(self) -> tuple[str, ...]:
        """Return the names of those nodes that are flows, sorted."""
        flow = NodeKind.FLOW
        names = [name for name, use in self.started.items() if use.kind is flow]
        names += [name for name, use in self.awaited.items() if use.kind is flow]
        return tuple(sorted({*names})) if names else ()

    @cached_property
    def surely(self) -> Spread:
        """Return the nodes that every run starts unless a node fails."""
        return spread(sure_steps(self))

    @property
    def nodes(self) -> Mapping[str, Use]:
        """Return all nodes of edges and failures by name, with the first place."""
        return {**self.awaited, **self.started}


class Settings(NamedTuple):
    """The settings, as written; `predicates_module` with its default."""

    decl: GlobalDecl | None
    predicates_module: str


class System(Remembering, Record):
    """A whole configuration. Of things declared twice, the first one is kept.

    `listed` are the names under `flows`, `declared_*` everything as written, repetitions included. `find` looks names
    up in modules.
    """

    tasks: Mapping[str, Task]
    storages: Mapping[str, Storage]
    flows: Mapping[str, Flow]
    settings: Settings
    nodes_file: NodesFileDecl
    listed: tuple[Scalar, ...]
    declared_flows: tuple[FlowDecl, ...]
    find: Finder

    @cached_property
    def calls(self) -> tuple[tuple[Flow, Edge | Failure, Call], ...]:
        """Return the calls of predicates in all conditions, each with what the condition belongs to."""
        return tuple(
            (flow, owner, call) for flow in self.flows.values() for owner, call in flow.calls
        )

    @cached_property
    def predicates(self) -> Mapping[str, Lookup]:
        """Return what is known of every predicate that is called, by name."""
        return {call.predicate: call.found for _, _, call in self.calls}

    @cached_property
    def unusual_calls(self) -> tuple[Call, ...]:
        """Return the calls with known signatures to which other arguments are given than those without a default."""
        return tuple(
            call
            for _, _, call in self.calls
            if call.signature is not None and call.arguments.keys() != call.signature.to_state
        )

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Return what refers to classes and functions in modules, predicates apart."""
        return tuple(references(self))
