"""Find where the things of a plan are written.

before: Edge(decl=EdgeDecl(…), …), the third edge of flow `daily`
after:  {('edge', 'daily', '0a1b2c3d4e5f'): Origin('flows/daily.yaml', 12)}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from selinon_compiler.language import Section
from selinon_compiler.model import Flow, System
from selinon_compiler.passes.inputs import RelativePaths
from selinon_compiler.passes.lower import failure_keys, flow_edge_keys
from selinon_compiler.plan import Origin, Origins
from selinon_compiler.source import SourceFile

Mark: TypeAlias = tuple[str, ...]
"""A key of `Origins`."""


def origins(system: System) -> Origins:
    """Return where the things of a system are written, with paths relative to the nodes file."""
    paths = RelativePaths(system.nodes_file.file)
    found = {**node_origins(system, paths)}
    for flow in system.flows.values():
        keys = flow_edge_keys(flow), failure_keys(flow)
        found.update(flow_origins(flow, paths.of(flow.decl.file), *keys))
    return found


def node_origins(system: System, paths: RelativePaths) -> Origins:
    """Return where tasks and storages are written."""
    sections: dict[Mark, Section] = {}
    for task in system.tasks.values():
        sections["task", task.name] = task.decl
    for storage in system.storages.values():
        sections["storage", storage.name] = storage.decl
    file = system.nodes_file.file
    return _places(file, paths.of(file), sections)


def flow_origins(flow: Flow, path: str, edges: Iterable[str], failures: Iterable[str]) -> Origins:
    """Return where a flow, its edges and its rules for failures are written, given its file and the keys."""
    name = flow.name
    sections: dict[Mark, Section] = {("flow", name): flow.decl}
    for key, edge in zip(edges, flow.edges, strict=True):
        sections["edge", name, key] = edge.decl
    for key, failure in zip(failures, flow.failures, strict=True):
        sections["failure", name, key] = failure.decl
    return _places(flow.decl.file, path, sections)


def _places(file: SourceFile, path: str, sections: Mapping[Mark, Section]) -> Origins:
    """Return where sections of a file start; `path` is that of the file."""
    lines = file.lines(section.start for section in sections.values())
    return {mark: Origin(path, lines[section.start]) for mark, section in sections.items()}
