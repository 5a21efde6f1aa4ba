"""Find where the things of a plan are written.

before: Edge(decl=EdgeDecl(…), …), the third edge of flow `daily`
after:  {('edge', 'daily', '0a1b2c3d4e5f'): Origin('flows/daily.yaml', 12)}
"""

from __future__ import annotations

from collections.abc import Iterable

from selinon_compiler.language import Section
from selinon_compiler.model import Flow, System
from selinon_compiler.passes.inputs import RelativePaths
from selinon_compiler.passes.lower import failure_keys, flow_edge_keys
from selinon_compiler.plan import Origin, Origins


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
    path = paths.of(system.nodes_file.file)
    found: dict[tuple[str, ...], Origin] = {}
    for task in system.tasks.values():
        found["task", task.name] = _origin(path, task.decl)
    for storage in system.storages.values():
        found["storage", storage.name] = _origin(path, storage.decl)
    return found


def flow_origins(flow: Flow, path: str, edges: Iterable[str], failures: Iterable[str]) -> Origins:
    """Return where a flow, its edges and its rules for failures are written, given its file and the keys."""
    name = flow.name
    found: dict[tuple[str, ...], Origin] = {("flow", name): _origin(path, flow.decl)}
    for key, edge in zip(edges, flow.edges, strict=True):
        found["edge", name, key] = _origin(path, edge.decl)
    for key, failure in zip(failures, flow.failures, strict=True):
        found["failure", name, key] = _origin(path, failure.decl)
    return found


def _origin(path: str, section: Section) -> Origin:
    return Origin(path, section.file.position(section.start)[0])
