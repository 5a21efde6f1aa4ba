"""Compare all files of a package with what was built."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

from selinon.errors import ConfigurationError
from selinon.loading.files import FolderFiles
from selinon.loading.manifest import Carried, Index, index_file, read_manifest

__all__ = ["Findings", "verify"]

_UNCOVERED = ("manifest.json", "parts.json", "sources.json")
"""Files of a package that no digest covers."""


class Findings:
    """What was found: how many files there are, and what is wrong with some of them, one line for each."""

    def __init__(self, files: int, problems: tuple[str, ...]) -> None:
        self.files = files
        self.problems = problems


def verify(directory: str) -> Findings:
    """Compare the files in the directory of a package with what was built.

    Raises:
        ConfigurationError: there is no manifest, it is damaged, or of a format that is not known here.
        OSError: a directory cannot be read.
    """
    files = FolderFiles(directory)
    manifest = read_manifest(files)
    listed: dict[str, str | None] = {**dict.fromkeys(_UNCOVERED), **manifest.files}
    unknown: list[str] = []
    for carried in manifest.versions.values():
        _add_index(files, carried, listed, unknown)
    skipped = tuple(unknown)
    wanted = {path: listed[path] for path in listed if not path.startswith(skipped)}
    there = {path: entry for path, entry in _files(directory, "") if not path.startswith(skipped)}
    problems = [f"left over: {path}" for path in there.keys() - wanted.keys()]
    problems += [f"missing: {path}" for path in wanted.keys() - there.keys()]
    for path in wanted.keys() & there.keys():
        if not there[path].is_file():
            problems.append(f"not a file: {path}")
        elif wanted[path] not in (None, _digest(there[path].path)):
            problems.append(f"changed: {path}")
    return Findings(len(wanted), tuple(sorted(problems, key=_path)))


def _add_index(
    files: FolderFiles, carried: Carried, wanted: dict[str, str | None], unknown: list[str]
) -> None:
    """Add the files of the index of a version, and those that it names.

    Where a part of it is not as it was built, the directory of what it names is added to `unknown`.
    """
    index = Index(files, carried)
    for kind, digests in carried.shards.items():
        for shard, digest in enumerate(digests):
            if digest is not None:
                wanted[index_file(carried.directory, kind, shard)] = digest
        try:
            for _, entry in index.entries(kind):
                wanted[entry.file] = entry.digest
                if entry.schema is not None:
                    wanted[entry.schema[0]] = entry.schema[1]
        except ConfigurationError:
            folders = ("flows",) if kind == "flows" else ("nodes", "schemas")
            unknown.extend(f"{carried.directory}/{folder}/" for folder in folders)


def _files(directory: str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield all that is no directory, by its path in the package, compiled modules left out."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield prefix + entry.name, entry
            elif entry.name != "__pycache__":
                yield from _files(entry.path, f"{prefix}{entry.name}/")


def _digest(path: str) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _path(problem: str) -> str:
    return problem.partition(": ")[2]
