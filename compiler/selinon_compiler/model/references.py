"""What a configuration refers to in modules: classes and functions, and what each of them is to be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from selinon_compiler.language import (
    CacheDecl,
    FlowDecl,
    GlobalDecl,
    SamplingDecl,
    Section,
    StorageDecl,
    TaskDecl,
)
from selinon_compiler.model.definitions import Finder, Lookup
from selinon_compiler.source import Span

if TYPE_CHECKING:
    from selinon_compiler.model.system import System


class Role(Enum):
    """What a class or function is for."""

    TASK = "class of task"
    STORAGE = "class of storage"
    CACHE = "class of a cache"
    FOREACH = "function of an edge"
    SELECTIVE = "selective run function of task"
    STRATEGY = "strategy of flow"
    TRACE = "trace function"


class Reference(NamedTuple):
    """A name in a module that a section refers to; `owner` is the task, storage or flow that needs it.

    `keys` are those under which the name may be stated, the first that is stated counts.
    """

    role: Role
    owner: str
    name: str
    module: str
    found: Lookup
    section: Section
    keys: tuple[str, ...]

    @property
    def what(self) -> str:
        """Return what the name is to be, for a message."""
        return f"{self.role.value} `{self.owner}`" if self.owner else self.role.value

    @property
    def module_span(self) -> Span:
        """Return where the module is stated."""
        return self.section.span_of("import")

    @property
    def name_span(self) -> Span:
        """Return where the name is stated."""
        return self.section.span_of(*self.keys)


def references(system: System) -> Iterator[Reference]:
    """Yield what refers to modules, in the order in which it is written; what could not be read refers to nothing."""
    declared: list[tuple[TaskDecl | StorageDecl, Lookup]] = [
        (task.decl, task.found) for task in system.tasks.values()
    ]
    declared += [(storage.decl, storage.found) for storage in system.storages.values()]
    declared.sort(key=lambda one: one[0].start)
    for decl, found in declared:
        yield from _of_declaration(decl, found, system.find)
    yield from _of_settings(system.settings.decl, system.find)
    for flow_decl in system.declared_flows:
        flow = system.flows[flow_decl.name.value]
        if flow.decl is not flow_decl:
            continue
        for edge in flow.edges:
            if edge.foreach:
                of = edge.foreach.decl
                yield Reference(
                    Role.FOREACH, "", of.function, of.import_, edge.foreach.found, of, ("function",)
                )
        yield from _of_flow(flow_decl, system.find)


def _of_declaration(
    decl: TaskDecl | StorageDecl, found: Lookup, find: Finder
) -> Iterator[Reference]:
    name = decl.name.value
    if not misread(decl, "classname"):
        role = Role.TASK if isinstance(decl, TaskDecl) else Role.STORAGE
        looked_up = decl.classname or name
        yield Reference(role, name, looked_up, decl.import_, found, decl, ("classname", "name"))
    if isinstance(decl, TaskDecl) and decl.selective_run_function is not None:
        of = decl.selective_run_function
        if not misread(of, "name", "function", "import"):
            found = find(of.import_, of.name)
            keys = ("name", "function")
            yield Reference(Role.SELECTIVE, name, of.name, of.import_, found, of, keys)
    yield from _of_cache(decl.cache, find)


def _of_cache(cache: CacheDecl | None, find: Finder) -> Iterator[Reference]:
    if cache and cache.name and cache.import_ != "selinon.caches":
        found = find(cache.import_, cache.name.value)
        yield Reference(Role.CACHE, "", cache.name.value, cache.import_, found, cache, ("name",))


def _of_flow(decl: FlowDecl, find: Finder) -> Iterator[Reference]:
    sampling = decl.sampling
    if sampling and sampling.import_ != "selinon.strategies":
        name = sampling.name.value
        found = find(sampling.import_, name)
        owner = decl.name.value
        yield Reference(Role.STRATEGY, owner, name, sampling.import_, found, sampling, ("name",))
    yield from _of_cache(decl.cache, find)


def _of_settings(decl: GlobalDecl | None, find: Finder) -> Iterator[Reference]:
    for sink in decl.trace if decl and not isinstance(decl.trace, bool) else ():
        if sink.function:
            of = sink.function
            found = find(of.import_, of.name)
            keys = ("name", "function")
            yield Reference(Role.TRACE, "", of.name, of.import_, found, of, keys)


def misread(section: Section, *keys: str) -> bool:
    """Return whether the value of a key is stated, but could not be read, which was reported then."""
    if section.intact:
        return False
    stated: Iterable[object] = [
        section.node.value[key].value for key in keys if key in section.node.value
    ]
    return any(value is not None and not (isinstance(value, str) and value) for value in stated)


def strategies(system: System) -> Iterator[tuple[SamplingDecl, Lookup]]:
    """Yield how flows are sampled, with what is known of the strategies."""
    for flow in system.flows.values():
        sampling = flow.decl.sampling
        if sampling and not misread(sampling, "import"):
            yield sampling, system.find(sampling.import_, sampling.name.value)
