"""The files of a package that are not Python: what it consists of, and where its parts were
written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
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
    starts: dict[str, int] = {}
    lines = text.split("\n")
    rows = []
    for place in places:
        if place.mark not in origins:
            continue
        if place.anchor not in starts:
            starts[place.anchor] = next(
                n for n, line in enumerate(lines, 1) if line.startswith(place.anchor)
            )
        origin = origins[place.mark]
        rows.append((starts[place.anchor] + place.offset, origin.file, origin.line))
    return tuple(sorted(rows))


def sources(rows: Mapping[str, tuple[Row, ...]]) -> bytes:
    """Return the map from emitted lines to YAML lines: one row a line, files without rows left out."""
    entries = []
    for path in sorted(rows):
        body = ",\n".join(f"    {json.dumps(row)}" for row in rows[path])
        if body:
            entries.append(f"  {json.dumps(path)}: [\n{body}\n  ]")
    text = "{\n" + ",\n".join(entries) + "\n}\n" if entries else "{}\n"
    return text.encode("ascii")
