"""From a plan to all the files of a package, in memory.

The text of every file is a function of the arguments: no clock, no order of hashes, no path of this
machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from selinon.abi import StorageSpec, TaskSpec
from selinon_compiler.emit import manifest as records
from selinon_compiler.emit import names, views
from selinon_compiler.emit.templates import render
from selinon_compiler.plan import Origins, Plan, dumps

Spec = TypeVar("Spec", TaskSpec, StorageSpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmittedPackage:
    """A package as it is to be written: the content of its files by their paths, sorted.

    Paths are relative to the package's directory, with `/` between their parts.
    """

    name: str
    version: str
    files: Mapping[str, bytes]


def package(
    plan: Plan, origins: Origins, *, name: str, version: str, compiler_version: str
) -> EmittedPackage:
    """Return the package of a plan.

    Raises:
        ValueError: the name or the version is one that `check_name` or `check_version` refuses, or
            the plan breaks one of its invariants.
        TypeError: the plan holds a value of a type that it cannot hold.
    """
    problem = names.check_name(name) or names.check_version(version)
    if problem is not None:
        raise ValueError(problem)
    build = _Build(plan=plan, origins=origins, directory=names.version_directory(version))
    build.show("__init__.py", views.package_view(name, version))
    build.files[records.PLAN] = dumps(plan).encode("ascii")
    build.files["py.typed"] = b""
    carried = {version: _add_version(build, version)}
    covered = dict(sorted(build.files.items()))
    listing = records.manifest(
        name=name,
        version=version,
        compiler_version=compiler_version,
        versions=carried,
        files=covered,
    )
    own = {records.MANIFEST: listing, records.SOURCES: records.sources(build.rows)}
    return EmittedPackage(
        name=name, version=version, files=MappingProxyType(dict(sorted({**covered, **own}.items())))
    )


@dataclass(slots=True, kw_only=True)
class _Build:
    """The files made so far, and the rows of the source map of those that have some."""

    plan: Plan
    origins: Origins
    directory: str
    files: dict[str, bytes] = field(default_factory=dict)
    rows: dict[str, tuple[records.Row, ...]] = field(default_factory=dict)

    def show(self, path: str, view: views.View) -> str:
        """Add the module that a view shows, and return its path."""
        text = render(view)
        self.files[path] = text.encode("ascii")
        self.rows[path] = records.source_rows(text, view.places, self.origins)
        return path


def _add_version(build: _Build, version: str) -> dict[str, object]:
    """Add the sub-package of the current version and return its entry in the manifest."""
    plan, directory = build.plan, build.directory
    build.show(f"{directory}/__init__.py", views.module_view(f"Version {version}"))
    build.show(f"{directory}/nodes/__init__.py", views.module_view("Tasks and storages"))
    build.show(f"{directory}/flows/__init__.py", views.module_view("Flows"))
    for file, text in sorted(plan.schemas.items()):
        build.files[f"{directory}/schemas/{_checked_file(file)}"] = text.encode("utf-8")
    return {
        "directory": directory,
        "tasks": _add_nodes(build, "tasks", plan.tasks, views.tasks_view),
        "storages": _add_nodes(build, "storages", plan.storages, views.storages_view),
        "settings": build.show(f"{directory}/settings.py", views.settings_view(plan.settings)),
        "flows": dict(_add_flows(build)),
    }


def _add_nodes(
    build: _Build,
    kind: str,
    specs: tuple[Spec, ...],
    view: Callable[[Mapping[str, Spec]], views.NodesView],
) -> dict[str, str]:
    """Add the modules of all tasks or of all storages, and return the path of each by its name."""
    by_name = {spec.name: spec for spec in specs}
    paths: dict[str, str] = {}
    for shard, members in names.shards(by_name).items():
        path = f"{build.directory}/nodes/{kind}_{shard}.py"
        build.show(path, view({name: by_name[name] for name in members}))
        paths.update(dict.fromkeys(members, path))
    return paths


def _add_flows(build: _Build) -> Iterator[tuple[str, dict[str, str]]]:
    modules = names.flow_modules(flow.name for flow in build.plan.flows)
    for flow in build.plan.flows:
        view = views.flow_view(flow, build.plan.settings.predicates_module)
        path = build.show(f"{build.directory}/flows/{modules[flow.name]}.py", view)
        yield flow.name, {"file": path, "fingerprint": flow.fingerprint}


def _checked_file(file: str) -> str:
    """Return the name of a schema's file; raises ValueError for one that would not stay in its
    directory.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", file):
        raise ValueError(f"{file!r} cannot be the name of a file with a schema")
    return file
