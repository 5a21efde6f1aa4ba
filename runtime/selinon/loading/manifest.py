"""What a package says of itself: its manifest, and an index of its flows, tasks and storages.

The index is split by a checksum of the names, so that looking one up costs the same however many there are. Nothing
here relies on what a file says before its shape was checked: a file that was edited is an error that names it.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from selinon.errors import ConfigurationError
from selinon.loading.files import Files, stays_inside
from selinon.record import Record
from selinon.version import ABI_VERSION

# Importing hashlib loads OpenSSL, 4 MiB, for what Python can do by itself.
try:
    if sys.version_info >= (3, 12):
        from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]  # not typed anywhere
    else:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]  # not typed anywhere
except ImportError:  # a Python built without it
    from hashlib import sha256

__all__ = ["FORMAT", "Entry", "Index", "Manifest", "content_of", "index_file", "read_manifest"]

FORMAT = 2
"""The format of packages that this runtime reads."""

_FILE = "manifest.json"
_KINDS = ("flows", "tasks", "storages")


class Manifest(Record):
    """The manifest: `files` are the digests of files that no index names, `versions` what is known of each version."""

    name: str
    version: str
    files: Mapping[str, str]
    versions: Mapping[str, Carried]


class Carried(Record):
    """A version that a package carries.

    `settings` is the path of a module, `environment` are the environment variables that have to be set, `shards` holds
    by kind the digest of each shard, None for one that is empty.
    """

    directory: str
    settings: str
    environment: tuple[str, ...]
    shards: Mapping[str, tuple[str | None, ...]]


class Entry(Record):
    """What the index knows of a flow, a task or a storage: its module, and what is needed without running it.

    `schema` is the path and the digest of a task's output schema.
    """

    file: str
    digest: str
    queue: str | None
    fingerprint: str | None
    schema: tuple[str, str] | None


def read_manifest(files: Files) -> Manifest:
    """Return the manifest of a package.

    Raises:
        ConfigurationError: it is missing, damaged, or of a format that is not known here.
    """
    label = files.label(_FILE)
    try:
        document = json.loads(files.read(_FILE))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"cannot read {label}: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{label} is not a manifest")
    for key, known in (("format", FORMAT), ("abi", ABI_VERSION)):
        if document.get(key) != known:
            raise ConfigurationError(
                f"{label} has {key} {document.get(key)!r}, this version of selinon reads {key} {known}"
            )
    match document:
        case {"name": str(name), "version": str(version), "versions": dict(versions)}:
            digests = _digests(label, "files", document.get("files"))
            carried = {key: _carried(label, key, value) for key, value in versions.items()}
            return Manifest(name, version, digests, carried)
        case _:
            raise _damaged(label, "`name`, `version` or `versions`")


def _carried(label: str, version: str, value: Any) -> Carried:
    match value:
        case {
            "directory": str(directory),
            "settings": str(settings),
            "environment": list(environment),
            "index": {"flows": list(), "tasks": list(), "storages": list()} as index,
        } if all(isinstance(name, str) for name in environment):
            if not (stays_inside(directory) and stays_inside(settings)):
                raise _damaged(label, f"the paths of version `{version}`")
            shards = {kind: _shards(label, kind, index[kind]) for kind in _KINDS}
            return Carried(directory, settings, tuple(environment), shards)
        case _:
            raise _damaged(label, f"what it says of version `{version}`")


def _shards(label: str, kind: str, value: list[Any]) -> tuple[str | None, ...]:
    if not value or not all(digest is None or isinstance(digest, str) for digest in value):
        raise _damaged(label, f"the index of {kind}")
    return tuple(value)


def _digests(label: str, key: str, value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(
        stays_inside(path) and isinstance(digest, str) for path, digest in value.items()
    ):
        raise _damaged(label, f"`{key}`")
    return value


def _damaged(label: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"{label} is not as it was built: {what} cannot be used")


def content_of(files: Files, path: str, digest: str | None) -> bytes:
    """Return the content of a file that has this digest.

    Raises:
        ConfigurationError: the file is not there, or it is another one.
    """
    try:
        content = files.read(path)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the package lacks its file {files.label(path)}: {error}"
        ) from error
    if sha256(content).hexdigest() != digest:
        raise ConfigurationError(f"the file {files.label(path)} is not the one that was built")
    return content


def index_file(directory: str, kind: str, shard: int) -> str:
    """Return the path of a shard of the index."""
    return f"{directory}/index/{kind}_{shard}.json"


class Index:
    """The index of one version of a package."""

    def __init__(self, files: Files, carried: Carried) -> None:
        self._files = files
        self._carried = carried
        self._shards: dict[str, Mapping[str, Any]] = {}

    def entry(self, kind: str, name: str) -> Entry | None:
        """Return what is known of a flow (kind `flows`), a task or a storage; None when there is none of this name."""
        count = len(self._carried.shards[kind])
        shard = zlib.crc32(name.encode("utf-8", "surrogatepass")) % count
        path = index_file(self._carried.directory, kind, shard)
        if path not in self._shards:
            self._shards[path] = self.shard(kind, shard)
        found = self._shards[path].get(name)
        return None if found is None else self._entry(path, found)

    def entries(self, kind: str) -> Iterator[tuple[str, Entry]]:
        """Yield all things of one kind by name, in no particular order; nothing of that is kept."""
        for shard in range(len(self._carried.shards[kind])):
            path = index_file(self._carried.directory, kind, shard)
            for name, found in self.shard(kind, shard).items():
                yield name, self._entry(path, found)

    def shard(self, kind: str, shard: int) -> Mapping[str, Any]:
        """Return what one file of the index holds."""
        digest = self._carried.shards[kind][shard]
        if digest is None:
            return {}
        path = index_file(self._carried.directory, kind, shard)
        content = content_of(self._files, path, digest)
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise _damaged(self._files.label(path), "it")
        return document

    def _entry(self, path: str, value: Any) -> Entry:
        match value:
            case {"file": str(file), "digest": str(digest)} if stays_inside(file):
                queue, fingerprint = value.get("queue"), value.get("fingerprint")
                if all(item is None or isinstance(item, str) for item in (queue, fingerprint)):
                    schema = self._schema(path, value.get("schema"))
                    return Entry(file, digest, queue, fingerprint, schema)
        raise _damaged(self._files.label(path), "an entry in it")

    def _schema(self, path: str, value: Any) -> tuple[str, str] | None:
        match value:
            case None:
                return None
            case {"file": str(file), "digest": str(digest)} if stays_inside(file):
                return file, digest
        raise _damaged(self._files.label(path), "an entry in it")
