"""The files of a package that are not Python: what it consists of, where its parts were written, and what the next
build may take over.

All of them are JSON, with one line for each thing they speak of, sorted by its name or path. Paths are relative to the
directory of the package, with `/` between their parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, Final, TypeAlias

from selinon.version import ABI_VERSION
from selinon_compiler.emit.names import shard_count, shard_of

FORMAT_VERSION: Final = 2

MANIFEST: Final = "manifest.json"
PLAN: Final = "plan.json"
SOURCES: Final = "sources.json"
PARTS: Final = "parts.json"

UNCOVERED: Final = (MANIFEST, PARTS, SOURCES)
"""The files that no digest covers: the manifest itself, and what depends on how the configuration is written."""

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def digest(content: bytes) -> str:
    """Return the digest of a file."""
    return hashlib.sha256(content).hexdigest()


def compact(value: Any) -> str:
    """Return a value as one line of JSON."""
    return _ENCODER.encode(value)


def entry(name: str, value: Any) -> str:
    """Return an entry of an object, which stands on a line of its own."""
    return f"{_quoted(name)}:{_quoted(value) if type(value) is str else compact(value)}"


def lines_text(entries: Iterable[str]) -> str:
    """Return the text of an object from its entries, sorted by name."""
    body = ",\n".join(entries)
    return f"{{\n{body}\n}}\n" if body else "{}\n"


def text_lines(text: str) -> list[str]:
    """Return the entries that `lines_text` made a text of."""
    body = text.removeprefix("{\n").removesuffix("\n}\n")
    return [] if text == "{}\n" else body.split(",\n")


def index_file(directory: str, kind: str, shard: int) -> str:
    """Return the path of the index of some of the flows, tasks or storages of a version."""
    return f"{directory}/index/{kind}_{shard}.json"


Shards: TypeAlias = Sequence[tuple[str, bytes]]
"""The paths and the contents of the shards of an index; the content is empty when nothing falls in a shard."""


def index_shards(directory: str, kind: str, entries: Mapping[str, str]) -> Shards:
    """Return the index of things of one kind, given its lines by their names."""
    count = shard_count(len(entries))
    shards: list[list[str]] = [[] for _ in range(count)]
    for name in sorted(entries):
        shards[shard_of(name, count)].append(entries[name])
    return [
        (index_file(directory, kind, shard), lines_text(lines).encode("ascii") if lines else b"")
        for shard, lines in enumerate(shards)
    ]


def manifest(
    *,
    name: str,
    version: str,
    compiler_version: str,
    versions: Mapping[str, object],
    files: Mapping[str, str],
) -> bytes:
    """Return the manifest of a package: its versions, and the digests of the files that no index speaks of."""
    document = {
        "format": FORMAT_VERSION,
        "abi": ABI_VERSION,
        "compiler": compiler_version,
        "name": name,
        "version": version,
        "versions": versions,
        "files": files,
    }
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode("ascii")
