"""Tasks, storages, flows and how they refer to each other.

The model is complete also when names are wrong: a `Use` that refers to nothing says so, and the rules report it.
Every thing keeps its declaration, for places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from selinon_compiler.frontend.nodes import Scalar
from selinon_compiler.language import (
    EdgeDecl,
    FailureDecl,
    FlowDecl,
    ForeachDecl,
    GlobalDecl,
    NodesFileDecl,
    StorageDecl,
    TaskDecl,
)
from selinon_compiler.model.conditions import Condition
from selinon_compiler.model.definitions import Lookup
from selinon_compiler.source import Span


class NodeKind(Enum):
    """What a name of a node refers to."""

    TASK = "task"
    FLOW = "flow"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a node is named, and what the name refers to."""

    name: str
    kind: NodeKind
    span: Span = field(compare=False, repr=False)


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
class Edge:
    """An edge; `sources` holds each name once, `destinations` as often as it is written."""

    decl: EdgeDecl = field(repr=False)
    index: int
    sources: tuple[Use, ...]
    destinations: tuple[Use, ...]
    condition: Condition | None
    foreach: Foreach | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A rule for failures; `nodes` as written, `fallback` empty when failures are forgiven."""

    decl: FailureDecl = field(repr=False)
    nodes: tuple[Use, ...]
    fallback: tuple[Use, ...]
    condition: Condition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow. `named` holds, by key, the nodes that the flow's own keys name (`nowait`, `propagate_parent`, …)."""

    name: str
    decl: FlowDecl = field(repr=False)
    edges: tuple[Edge, ...]
    failures: tuple[Failure, ...]
    named: Mapping[str, tuple[Use, ...]]

    @property
    def started(self) -> Mapping[str, Use]:
        """Return the nodes that an edge or a fallback starts, by name, with the first place."""
        uses = [use for edge in self.edges for use in edge.destinations]
        uses += [use for failure in self.failures for use in failure.fallback]
        return {use.name: use for use in reversed(uses)}

    @property
    def awaited(self) -> Mapping[str, Use]:
        """Return the nodes that an edge or a failure waits for, by name, with the first place."""
        uses = [use for edge in self.edges for use in edge.sources]
        uses += [use for failure in self.failures for use in failure.nodes]
        return {use.name: use for use in reversed(uses)}

    @property
    def nodes(self) -> Mapping[str, Use]:
        """Return all nodes of edges and failures by name, with the first place."""
        return {**self.awaited, **self.started}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings, as written; `predicates_module` with its default."""

    decl: GlobalDecl | None = field(repr=False)
    predicates_module: str


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A whole configuration. Of things declared twice, the first one is kept.

    `listed` are the names under `flows`, `declared_*` everything as written, repetitions included.
    """

    tasks: Mapping[str, Task]
    storages: Mapping[str, Storage]
    flows: Mapping[str, Flow]
    settings: Settings
    nodes_file: NodesFileDecl = field(repr=False)
    listed: tuple[Scalar, ...]
    declared_flows: tuple[FlowDecl, ...]
