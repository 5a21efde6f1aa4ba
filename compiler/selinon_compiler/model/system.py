"""Tasks, storages, flows and how they refer to each other.

The model is complete also when names are wrong: a `Use` that refers to nothing says so, and the rules report it.
Every thing keeps its declaration, for places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import NamedTuple

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


class Use(NamedTuple):
    """A place where a node is named, and what the name refers to."""

    name: str
    kind: NodeKind
    node: Scalar
    file: SourceFile

    @property
    def span(self) -> Span:
        """Return where the name stands."""
        return Span(self.file, self.node.start, self.node.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task; `found` is what is known of its class."""

    name: str
    decl: TaskDecl = field(repr=False)
    found: Lookup

    @property
    def storage(self) -> str | None:
        """Return the name of the storage of its results, whether or not there is such a storage."""
        return self.decl.storage.value if self.decl.storage else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A storage; `found` is what is known of its adapter's class."""

    name: str
    decl: StorageDecl = field(repr=False)
    found: Lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreach:
    """The foreach function of an edge."""

    decl: ForeachDecl = field(repr=False)
    found: Lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class Selective:
    """What a sub-flow is to run: `tasks` with what leads to them, and what follows them in the flows `subsequent`."""

    decl: SelectiveDecl = field(repr=False)
    tasks: tuple[Use, ...]
    subsequent: tuple[Use, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An edge; `sources` holds each name once, `destinations` as often as it is written.

    `calls` are the calls in its condition, from left to right.
    """

    decl: EdgeDecl = field(repr=False)
    index: int
    sources: tuple[Use, ...]
    destinations: tuple[Use, ...]
    condition: Condition | None
    calls: tuple[Call, ...] = field(compare=False, repr=False)
    foreach: Foreach | None
    selective: Selective | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A rule for failures; `nodes` as written, `fallback` empty when failures are forgiven.

    `calls` are the calls in its condition, from left to right.
    """

    decl: FailureDecl = field(repr=False)
    nodes: tuple[Use, ...]
    fallback: tuple[Use, ...]
    condition: Condition | None
    calls: tuple[Call, ...] = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A flow.

    `named` holds, by key, the nodes that the flow's own keys name (`nowait`, `propagate_parent`, …), `unknown` the
    uses in all of it that refer to nothing.
    """

    name: str
    decl: FlowDecl = field(repr=False)
    edges: tuple[Edge, ...]
    failures: tuple[Failure, ...]
    named: Mapping[str, tuple[Use, ...]]
    unknown: tuple[Use, ...]

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
    def surely(self) -> Spread:
        """Return the nodes that every run starts unless a node fails."""
        return spread(sure_steps(self))

    @property
    def nodes(self) -> Mapping[str, Use]:
        """Return all nodes of edges and failures by name, with the first place."""
        return {**self.awaited, **self.started}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings, as written; `predicates_module` with its default."""

    decl: GlobalDecl | None = field(repr=False)
    predicates_module: str


@dataclass(frozen=True, kw_only=True)
class System:
    """A whole configuration. Of things declared twice, the first one is kept.

    `listed` are the names under `flows`, `declared_*` everything as written, repetitions included. `find` looks names
    up in modules.
    """

    tasks: Mapping[str, Task]
    storages: Mapping[str, Storage]
    flows: Mapping[str, Flow]
    settings: Settings
    nodes_file: NodesFileDecl = field(repr=False)
    listed: tuple[Scalar, ...]
    declared_flows: tuple[FlowDecl, ...]
    find: Finder = field(compare=False, repr=False)

    @cached_property
    def calls(self) -> tuple[tuple[Flow, Edge | Failure, Call], ...]:
        """Return the calls of predicates in all conditions, each with what the condition belongs to."""
        return tuple(
            (flow, owner, call)
            for flow in self.flows.values()
            for owners in (flow.edges, flow.failures)
            for owner in owners
            for call in owner.calls
        )

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Return what refers to classes and functions in modules, predicates apart."""
        return tuple(references(self))
