"""What an earlier build left: all of it, or those of its parts that were made under the wanted keys.

Nothing of it is trusted but what its seal says: of a build that is not as it was written, nothing is taken over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

from selinon.record import Record, Remembering, made_by
from selinon_compiler.emit import records
from selinon_compiler.emit.assembly import EmittedPackage
from selinon_compiler.emit.parts import CommonPart, FlowPart, Target, variables
from selinon_compiler.emit.seals import unsealed
from selinon_compiler.plan.text import split

T = TypeVar("T")


class Earlier(Record):
    """An earlier build: its files and their digests, and the keys under which its parts were made.

    There is none of this when it is not as it was written.
    """

    files: Mapping[str, bytes] = made_by(default_factory=dict)
    digests: Mapping[str, str] = made_by(default_factory=dict)
    flows: Mapping[str, str] = made_by(default_factory=dict)
    common: Mapping[str, Any] = made_by(default_factory=dict)

    def package(
        self, target: Target, common_key: str, flow_keys: Mapping[str, str]
    ) -> EmittedPackage | None:
        """Return all of it, if everything was made under these keys."""
        if self.flows != flow_keys or self.common.get("key") != common_key:
            return None
        return EmittedPackage(
            name=target.name,
            version=target.version,
            files=MappingProxyType(dict(sorted(self.files.items()))),
            digests=MappingProxyType(self.digests),
        )

    def parts(
        self,
        target: Target,
        common_key: str,
        flow_keys: Mapping[str, str],
        flow_files: Mapping[str, str],
    ) -> tuple[dict[str, FlowPart], CommonPart | None]:
        """Return those parts that were made under these keys, of flows by name; `flow_files` are their modules now."""
        made = _or_none(lambda: self._parts(target, common_key, flow_keys, flow_files))
        return made or ({}, None)

    def _parts(
        self,
        target: Target,
        common_key: str,
        flow_keys: Mapping[str, str],
        flow_files: Mapping[str, str],
    ) -> tuple[dict[str, FlowPart], CommonPart | None]:
        shared = {name for name, key in self.flows.items() if flow_keys.get(name) == key}
        if not shared and self.common.get("key") != common_key:
            return {}, None
        plans, common_plan = split(self.files[records.PLAN])
        plan_of = dict(zip(sorted(self.flows), plans, strict=True))
        sources = _by_name(records.text_lines(self._text(records.SOURCES)))
        index = self._index(target)
        lines = _by_name(line for _, text in index["flows"] for line in _lines(text))
        flows: dict[str, FlowPart] = {}
        for name, file in flow_files.items():
            if name in shared and f'"file":"{file}"' in (line := lines[name]):
                flows[name] = FlowPart(
                    name,
                    file,
                    self.files[file],
                    self.digests[file],
                    line,
                    plan_of[name],
                    sources.get(file, ""),
                    _variables(line),
                    flow_keys[name],
                )
        if self.common["key"] != common_key:
            return flows, None
        nodes = self.common["nodes"]
        return flows, CommonPart(
            frame={path: self.files[path] for path in self.common["frame"]},
            nodes={path: self.files[path] for path in nodes},
            tasks=index["tasks"],
            storages=index["storages"],
            plan=common_plan,
            sources={path: sources[path] for path in nodes if path in sources},
            variables=tuple(self.common["variables"]),
            key=common_key,
        )

    def _index(self, target: Target) -> dict[str, records.Shards]:
        """Return the shards of the indexes by kind."""
        known = json.loads(self._text(records.MANIFEST))["versions"][target.version]["index"]
        found: dict[str, records.Shards] = {}
        for kind in ("flows", "tasks", "storages"):
            paths = [
                records.index_file(target.directory, kind, shard)
                for shard in range(len(known[kind]))
            ]
            found[kind] = [
                (path, b"" if digest is None else self.files[path])
                for path, digest in zip(paths, known[kind], strict=True)
            ]
        return found

    def _text(self, path: str) -> str:
        return self.files[path].decode("ascii")


def _lines(content: bytes) -> list[str]:
    return records.text_lines(content.decode("ascii")) if content else []


def _by_name(entries: Iterable[str]) -> dict[str, str]:
    """Return entries of objects by their names."""
    return {_name(entry): entry for entry in entries}


def _name(entry: str) -> str:
    name = entry[1 : entry.index('"', 1)]
    return next(iter(json.loads(f"{{{entry}}}"))) if "\\" in name else name


def _variables(line: str) -> tuple[str, ...]:
    """Return the environment variables that the queue of a flow refers to, from its line in the index."""
    if line.count("{") == 1:  # that of the object
        return ()
    (entry,) = json.loads(f"{{{line}}}").values()
    return variables([entry.get("queue")])


class Found(Remembering, Record):
    """What lies where a package goes: files by their paths, caches left out; what is no regular file is None."""

    files: Mapping[str, bytes | None] = made_by(default_factory=dict)

    @cached_property
    def earlier(self) -> Earlier:
        """Return the earlier build that this is; one without anything when it is not as it was written."""
        files = {path: content for path, content in self.files.items() if content is not None}
        if len(files) < len(self.files) or records.PARTS not in files:
            return Earlier()
        digests = {path: records.digest(content) for path, content in files.items()}
        covered = {path: digest for path, digest in digests.items() if path != records.PARTS}
        match _or_none(lambda: unsealed(files[records.PARTS], covered)):
            case {
                "flows": dict(flows),
                "common": {
                    "frame": list(frame),
                    "nodes": list(nodes),
                    "variables": list(),
                    "key": str(),
                } as common,
            } if all(path in files for path in (*frame, *nodes)):
                return Earlier(files=files, digests=digests, flows=flows, common=common)
            case _:
                return Earlier()


def _or_none(read: Callable[[], T]) -> T | None:
    """Return what is read; None when it has another form than this compiler writes, though the seal is right."""
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
