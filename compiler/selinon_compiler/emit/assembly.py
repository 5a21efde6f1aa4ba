"""From a plan, or from the parts of a package, to all its files, in memory.

The text of every file is a function of the arguments: no clock, no order of hashes, no path of this
machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from selinon.record import Record
from selinon_compiler.emit import records
from selinon_compiler.emit.parts import CommonPart, FlowPart, Target
from selinon_compiler.emit.seals import sealed
from selinon_compiler.plan.text import document

if TYPE_CHECKING:
    from selinon_compiler.plan import Origins, Plan


class EmittedPackage(Record):
    """A package as it is to be written: the contents of its files, and their digests, by their paths, sorted.

    Paths are relative to the package's directory, with `/` between their parts.
    """

    name: str
    version: str
    files: Mapping[str, bytes]
    digests: Mapping[str, str]


def package(
    plan: Plan, origins: Origins, *, name: str, version: str, compiler_version: str
) -> EmittedPackage:
    """Return the package of a plan; no part of it will be taken over by a later build.

    Raises:
        ValueError: the name or the version is one that `check_name` or `check_version` refuses, or
            the plan breaks one of its invariants.
        TypeError: the plan holds a value of a type that it cannot hold.
    """
    from selinon_compiler.emit.making import common_part, flow_part

    target = Target(name=name, version=version, compiler_version=compiler_version)
    files = target.flow_files(flow.name for flow in plan.flows)
    predicates = plan.settings.predicates_module
    flows = [
        flow_part(flow, origins, file=files[flow.name], predicates_module=predicates, key="")
        for flow in plan.flows
    ]
    return assemble(target, flows, common_part(plan, origins, target=target, key=""))


def assemble(target: Target, flows: Iterable[FlowPart], common: CommonPart) -> EmittedPackage:
    """Return the package of these parts."""
    parts = sorted(flows, key=lambda part: part.name)
    index = {
        "flows": records.index_shards(
            target.directory, "flows", {part.name: part.index for part in parts}
        ),
        "tasks": common.tasks,
        "storages": common.storages,
    }
    plan = document([part.plan for part in parts], common.plan)
    listed = {**common.frame, records.PLAN: plan}
    shards = {path: text for shards in index.values() for path, text in shards if text}
    digests = {path: records.digest(text) for path, text in {**listed, **shards}.items()}
    own = {
        records.MANIFEST: _manifest(target, listed, index, digests, _variables(parts, common)),
        records.SOURCES: _sources(parts, common),
    }
    digests |= {path: records.digest(text) for path, text in {**common.nodes, **own}.items()}
    contents = {part.file: part.content for part in parts}
    digests |= {part.file: part.digest for part in parts}
    own[records.PARTS] = sealed(_keys(parts, common), digests)
    digests[records.PARTS] = records.digest(own[records.PARTS])
    files = {**listed, **shards, **common.nodes, **own, **contents}
    return EmittedPackage(
        name=target.name,
        version=target.version,
        files=MappingProxyType(dict(sorted(files.items()))),
        digests=MappingProxyType(digests),
    )


def _variables(parts: Iterable[FlowPart], common: CommonPart) -> list[str]:
    return sorted({*common.variables, *(name for part in parts for name in part.variables)})


def _manifest(
    target: Target,
    listed: Iterable[str],
    index: Mapping[str, records.Shards],
    digests: Mapping[str, str],
    variables: list[str],
) -> bytes:
    carried = {
        "directory": target.directory,
        "settings": target.settings_file,
        "environment": variables,
        "index": {
            kind: [digests.get(path) for path, _ in shards] for kind, shards in index.items()
        },
    }
    return records.manifest(
        name=target.name,
        version=target.version,
        compiler_version=target.compiler_version,
        versions={target.version: carried},
        files={path: digests[path] for path in listed},
    )


def _sources(parts: Iterable[FlowPart], common: CommonPart) -> bytes:
    lines = {**{part.file: part.source for part in parts}, **common.sources}
    return records.lines_text(lines[path] for path in sorted(lines)).encode("ascii")


def _keys(parts: Iterable[FlowPart], common: CommonPart) -> str:
    own = {
        "frame": sorted(common.frame),
        "nodes": sorted(common.nodes),
        "variables": common.variables,
        "key": common.key,
    }
    flows = records.lines_text([records.entry(part.name, part.key) for part in parts])
    return f'{{\n"common":{records.compact(own)},\n"flows":{flows.rstrip()}\n}}\n'
