"""From a system to a package; what did not change since an earlier build is taken over from it.

Every part of a package has a key: a digest of all that making the part reads. A part is made anew unless the earlier
build has it under the same key, and is as it was written; so the package is the same as without an earlier build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from selinon.version import ABI_VERSION
from selinon_compiler.emit import EmittedPackage, assemble
from selinon_compiler.emit.earlier import Found
from selinon_compiler.emit.parts import CommonPart, FlowPart, Target
from selinon_compiler.emit.records import FORMAT_VERSION
from selinon_compiler.model import Flow, Problem, System
from selinon_compiler.passes.inputs import RelativePaths, takes
from selinon_compiler.source import SourceFile

if TYPE_CHECKING:
    from _hashlib import HASH as Hash


def build(
    system: System, schemas: Mapping[str, str], target: Target, found: Found
) -> EmittedPackage:
    """Return the package of a system without errors.

    `schemas` holds the texts of output schemas by task, `found` the files of an earlier build, which may be none.
    """
    work = _Work(system, schemas, target)
    keys = {name: work.flow_key(flow) for name, flow in sorted(system.flows.items())}
    common_key = work.common_key()
    earlier = found.earlier
    whole = earlier.package(target, common_key, keys)
    if whole is not None:
        return whole
    files = target.flow_files(keys)
    flows, common = earlier.parts(target, common_key, keys, files)
    made = [
        flows.get(name) or work.made_flow(system.flows[name], files[name], keys[name])
        for name in keys
    ]
    return assemble(target, made, common or work.made_common(common_key))


class _Work:
    """Tells the keys of parts, and makes them."""

    def __init__(self, system: System, schemas: Mapping[str, str], target: Target) -> None:
        self._system = system
        self._schemas = schemas
        self._target = target
        self._predicates = system.settings.predicates_module
        self._paths = RelativePaths(system.nodes_file.file)
        about = (FORMAT_VERSION, ABI_VERSION, target.compiler_version, target.directory)
        self._about = f"{about!a} {self._predicates!a}"
        self._begun = cache(self._begun_with)
        self._taken = {
            name: f"{name!a}: {takes(None if isinstance(found, Problem) else found.signature)!a}"
            for name, found in system.predicates.items()
        }

    def common_key(self) -> str:
        """Return the key of everything but the flows."""
        target = self._target
        about = (target.name, target.version, sorted(self._schemas.items()))
        return self._key(self._system.nodes_file.file, f"{about!a}")

    def _begun_with(self, file: SourceFile) -> Hash:
        """Return the beginning of the keys of what is written in a file: all of it depends on the whole file."""
        text = file.text.encode("utf-8", "surrogatepass")
        about = f"{self._about}\n{self._paths.of(file)!a}\n{len(text)}\n"
        return hashlib.sha256(b"".join((about.encode("ascii"), text)))

    def _key(self, file: SourceFile, about: str) -> str:
        """Return the key of a part that depends on a file, and on what is told about it in ASCII."""
        key = self._begun(file).copy()
        key.update(about.encode("ascii"))
        return key.hexdigest()

    def flow_key(self, flow: Flow) -> str:
        """Return the key of a flow: beyond its file, the kinds of its nodes, and what its predicates take."""
        predicates = sorted({call.predicate for _, call in flow.calls})
        taken = ",".join([self._taken[name] for name in predicates])
        return self._key(flow.decl.file, f"{flow.subflows!a} {taken}")

    def made_flow(self, flow: Flow, file: str, key: str) -> FlowPart:
        """Return the part of a flow, made anew."""
        from selinon_compiler.emit.making import flow_part
        from selinon_compiler.passes.lower import lower_flow
        from selinon_compiler.passes.origins import flow_origins

        plan = lower_flow(flow)
        path = self._paths.of(flow.decl.file)
        keys = [edge.key for edge in plan.edges], [failure.key for failure in plan.failures]
        origins = flow_origins(flow, path, *keys)
        predicates = self._predicates
        return flow_part(plan, origins, file=file, predicates_module=predicates, key=key)

    def made_common(self, key: str) -> CommonPart:
        """Return the part of everything but the flows, made anew."""
        from selinon_compiler.emit.making import common_part
        from selinon_compiler.passes.lower import lower_nodes
        from selinon_compiler.passes.origins import node_origins

        plan = lower_nodes(self._system, self._schemas)
        places = node_origins(self._system, self._paths)
        return common_part(plan, places, target=self._target, key=key)
