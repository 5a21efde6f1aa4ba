"""What an earlier build left, and which of its parts can be taken over.

Nothing of it is trusted: a part is taken over only when its seal, computed anew from the key that it has to have and
from all that was found, is the one that was written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from selinon.record import Record, made_by
from selinon_compiler.emit import records
from selinon_compiler.emit.parts import (
    CommonPart,
    FlowPart,
    Target,
    common_seal,
    flow_seal,
    variables,
)
from selinon_compiler.plan.text import split

Found: TypeAlias = Mapping[str, bytes | None]
"""The files of an earlier build by their paths, caches left out; what is no regular file is None."""

Entries: TypeAlias = Mapping[str, Mapping[str, Any]]


class Earlier(Record):
    """An earlier build: its files and their digests, and its lines about flows, tasks and storages, by name or path."""

    found: Found = made_by(default_factory=dict)
    digests: Mapping[str, str] = made_by(default_factory=dict)
    index: Mapping[str, Mapping[str, str]] = made_by(default_factory=dict)
    flows: Entries = made_by(default_factory=dict)
    plans: Mapping[str, str] = made_by(default_factory=dict)
    common_plan: str = ""
    sources: Mapping[str, str] = made_by(default_factory=dict)
    seals: Mapping[str, str] = made_by(default_factory=dict)
    common: Mapping[str, Any] = made_by(default_factory=dict)

    def flow_part(self, name: str, file: str, key: str) -> FlowPart | None:
        """Return the part of a flow whose module has this path, when it was made under the same key."""
        content, entry = self.found.get(file), self.flows.get(name)
        if content is None or entry is None:
            return None
        digest = self.digests[file]
        index, plan, source = (
            self.index["flows"][name],
            self.plans.get(name, ""),
            self.sources.get(file, ""),
        )
        seal = flow_seal(key, index, plan, source)
        if (seal, file, digest) != (self.seals.get(name), entry.get("file"), entry.get("digest")):
            return None
        return FlowPart(
            name=name,
            file=file,
            content=content,
            digest=digest,
            index=index,
            plan=plan,
            source=source,
            variables=variables([entry.get("queue")]),
            seal=seal,
        )

    def common_part(self, key: str) -> CommonPart | None:
        """Return the part of everything but the flows, when it was made under the same key."""
        frame, nodes = self._files("frame"), self._files("nodes")
        if frame is None or nodes is None:
            return None
        part = CommonPart(
            frame=frame,
            nodes=nodes,
            tasks=self.index["tasks"],
            storages=self.index["storages"],
            plan=self.common_plan,
            sources={path: self.sources[path] for path in nodes if path in self.sources},
            variables=tuple(self.common["variables"]),
            seal=self.common["seal"],
        )
        return part if common_seal(key, part) == part.seal else None

    def _files(self, kind: str) -> dict[str, bytes] | None:
        """Return the files of one kind; None when one is missing."""
        if kind not in self.common:
            return None
        contents = {path: self.found.get(path) for path in self.common[kind]}
        there = {path: content for path, content in contents.items() if content is not None}
        return there if len(there) == len(contents) else None


def digests_of(found: Found) -> dict[str, str]:
    """Return the digests of the files that were found, by their paths, sorted; of what is no file, there is none."""
    there = ((path, content) for path, content in sorted(found.items()) if content is not None)
    return {path: records.digest(content) for path, content in there}


def read_earlier(found: Found, digests: Mapping[str, str], target: Target) -> Earlier:
    """Return an earlier build from its files, whose digests are given; one without anything when they are not those of
    a whole build.
    """
    try:
        return _read(found, digests, target)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Earlier()


def _read(found: Found, digests: Mapping[str, str], target: Target) -> Earlier:
    manifest = json.loads(_text(found, records.MANIFEST))
    shards = manifest["versions"][target.version]["index"]
    index: dict[str, dict[str, str]] = {}
    flows: dict[str, dict[str, Any]] = {}
    for kind in ("flows", "tasks", "storages"):
        lines = index.setdefault(kind, {})
        for shard, digest in enumerate(shards[kind]):
            if digest is None:
                continue
            text = _text(found, records.index_file(target.directory, kind, shard))
            entries = json.loads(text)
            lines.update(zip(entries, records.text_lines(text), strict=True))
            if kind == "flows":
                flows.update(entries)
        index[kind] = {name: lines[name] for name in sorted(lines)}
    build = json.loads(_text(found, records.PARTS))
    plans, common_plan = split(_text(found, records.PLAN))
    sources = records.text_lines(_text(found, records.SOURCES))
    return Earlier(
        found=found,
        digests=digests,
        index=index,
        flows=flows,
        plans=dict(zip(sorted(build["flows"]), plans, strict=True)),
        common_plan=common_plan,
        sources={line[1 : line.index('"', 1)]: line for line in sources},
        seals=build["flows"],
        common=build["common"],
    )


def _text(found: Found, path: str) -> str:
    content = found[path]
    if content is None:
        raise ValueError(f"{path} is no file")
    return content.decode("ascii")
