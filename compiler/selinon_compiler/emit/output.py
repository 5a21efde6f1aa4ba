"""Packages and wheels on disk: compared with what is there, written beside it, then renamed."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from selinon_compiler.emit.assembly import EmittedPackage
from selinon_compiler.emit.manifest import FORMAT_VERSION, MANIFEST, SOURCES

_FILE_MODE = 0o644
_DIRECTORY_MODE = 0o755
_CACHE = "__pycache__"


class OutputError(Exception):
    """What lies at the place of the output was not written by a build, and is left alone."""


def check(
    package: EmittedPackage, wheel: tuple[str, bytes] | None, directory: str | os.PathLike[str]
) -> tuple[str, ...]:
    """Return the paths in the directory that differ, are missing, or are left over, sorted.

    Raises OutputError as `write` does.
    """
    return _differences(package, wheel, Path(directory))


def write(
    package: EmittedPackage, wheel: tuple[str, bytes] | None, directory: str | os.PathLike[str]
) -> tuple[str, ...]:
    """Write a package, and a wheel if there is one, into a directory.

    Returns what this changed, as `check` would have told it before; nothing is written when that is
    nothing. The new package takes the place of an earlier build as a whole, or, after any error, not at all.
    Nothing else in the directory is touched. Modes do not depend on the umask.

    Raises:
        OutputError: something of the package's name is there that no build wrote, or it holds such
            files.
        OSError: the directory cannot be written.
    """
    root = Path(directory)
    changes = _differences(package, wheel, root)
    if not changes:
        return ()
    _make_directory(root)
    with tempfile.TemporaryDirectory(prefix=f".{package.name}-", dir=root) as staging:
        _stage(package, Path(staging, "new"))
        if wheel is not None:
            _write_file(Path(staging, "wheel"), wheel[1])
        _replace(package.name, wheel[0] if wheel else None, root, Path(staging))
    return changes


def _differences(
    package: EmittedPackage, wheel: tuple[str, bytes] | None, root: Path
) -> tuple[str, ...]:
    found = _existing(root / package.name)
    changes = {
        f"{package.name}/{path}"
        for path in found.keys() | package.files.keys()
        if path not in package.files or not _holds(found.get(path), package.files[path])
    }
    if wheel is not None:
        target = root / wheel[0]
        if target.is_dir() and not target.is_symlink():
            raise OutputError(f"{target} is a directory")
        if not _holds(target, wheel[1]):
            changes.add(wheel[0])
    return tuple(sorted(changes))


def _holds(file: Path | None, content: bytes) -> bool:
    return (
        file is not None
        and not file.is_symlink()
        and file.is_file()
        and file.read_bytes() == content
    )


def _existing(target: Path) -> dict[str, Path]:
    """Return the files of an earlier build by their paths, caches left out; raises OutputError for
    anything else.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise OutputError(f"{target} is not a directory")
    if not target.exists():
        return {}
    listed = _listed(target)
    found = dict(_files(target, target))
    strange = sorted(found.keys() - listed)
    if strange:
        raise OutputError(
            f"{target} holds files that no build wrote, such as {strange[0]!r}: move them away"
        )
    return found


def _listed(target: Path) -> frozenset[str]:
    """Return the paths that the manifest of an earlier build lists."""
    file = target / MANIFEST
    try:
        document = json.loads(file.read_bytes()) if not file.is_symlink() else None
    except (OSError, ValueError):
        document = None
    match document:
        case {"format": int(format_version), "name": target.name, "files": dict(files)}:
            if format_version > FORMAT_VERSION:
                raise OutputError(f"{target} was written by a later compiler")
            return frozenset(files) | {MANIFEST, SOURCES}
        case _:
            raise OutputError(f"{target} is not a package that a build wrote")


def _files(directory: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """Yield all that is no directory, by its path in the root; links are not followed."""
    for entry in sorted(directory.iterdir()):
        if entry.is_symlink() or not entry.is_dir():
            yield entry.relative_to(root).as_posix(), entry
        elif entry.name != _CACHE:
            yield from _files(entry, root)


def _stage(package: EmittedPackage, target: Path) -> None:
    _make_directory(target)
    for path, content in package.files.items():
        file = target.joinpath(*path.split("/"))
        _make_directory(file.parent)
        _write_file(file, content)


def _make_directory(directory: Path) -> None:
    if directory.is_dir():
        return
    _make_directory(directory.parent)
    directory.mkdir(exist_ok=True)
    directory.chmod(_DIRECTORY_MODE)


def _write_file(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(_FILE_MODE)


def _replace(name: str, wheel: str | None, root: Path, staging: Path) -> None:
    """Put what is staged into its place; what was there goes into the staging directory, and back
    on an error.
    """
    target, old = root / name, staging / "old"
    with contextlib.ExitStack() as undo:
        if target.exists():
            target.rename(old)
            undo.callback(old.rename, target)
        (staging / "new").rename(target)
        undo.callback(target.rename, staging / "new")
        if wheel is not None:
            os.replace(staging / "wheel", root / wheel)
        undo.pop_all()
