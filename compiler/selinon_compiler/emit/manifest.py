"""The files of a package that are not Python: what it consists of, and where its parts were
written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Set
from typing import TypeAlias

from selinon import abi
from selinon_compiler.emit.views import Place
from selinon_compiler.plan import Origins

MANIFEST = "manifest.json"
PLAN = "plan.json"
SOURCES = "sources.json"
FORMAT_VERSION = 1

Row: TypeAlias = tuple[int, str, int]
"""A line of an emitted file, and the YAML file and the line in it."""


def manifest(
    *,
    name: str,
    version: str,
    compiler_version: str,
    versions: Mapping[str, object],
    files: Mapping[str, bytes],
) -> bytes:
    """Return the manifest of a package of these files, with the digest of each.

    All paths in it are relative to the package's directory, with `/` between their parts.
    """
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    document = {
        "format": FORMAT_VERSION,
        "abi": abi.ABI_VERSION,
        "compiler": compiler_version,
        "name": name,
        "version": version,
        "plan": digests[PLAN],
        "versions": versions,
        "files": digests,
    }
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode("ascii")


def source_rows(text: str, places: Iterable[Place], origins: Origins) -> tuple[Row, ...]:
    """Return where in the YAML files the marked places of an emitted module come from, sorted."""
    known = [place for place in places if place.mark in origins]
    starts = _starts(text, {place.anchor for place in known})
    rows = []
    for place in known:
        origin = origins[place.mark]
        rows.append((starts[place.anchor] + place.offset, origin.file, origin.line))
    return tuple(sorted(rows))


def _starts(text: str, anchors: Set[str]) -> dict[str, int]:
    """Return the number of the first line that starts with each anchor, the text being read once.

    A flow may have thousands of conditions, so a line is not compared with each of them.
    """
    lengths = sorted({len(anchor) for anchor in anchors})
    starts: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        for head in (line[:length] for length in lengths):
            if head in anchors:
                starts.setdefault(head, number)
    return starts


def sources(rows: Mapping[str, tuple[Row, ...]]) -> bytes:
    """Return the map from emitted lines to YAML lines: one row a line, files without rows left out."""
    entries = []
    for path in sorted(rows):
        body = ",\n".join(f"    {json.dumps(row)}" for row in rows[path])
        if body:
            entries.append(f"  {json.dumps(path)}: [\n{body}\n  ]")
    text = "{\n" + ",\n".join(entries) + "\n}\n" if entries else "{}\n"
    return text.encode("ascii")
