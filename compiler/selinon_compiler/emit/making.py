"""Make the parts of a package from their plans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from selinon import abi
from selinon_compiler.emit import names, records, views
from selinon_compiler.emit.parts import (
    CommonPart,
    FlowPart,
    Target,
    variables,
)
from selinon_compiler.emit.templates import render
from selinon_compiler.plan import FlowPlan, Origins, Plan, line, nodes_text

Spec = TypeVar("Spec", abi.TaskSpec, abi.StorageSpec)


def flow_part(
    flow: FlowPlan, origins: Origins, *, file: str, predicates_module: str, key: str
) -> FlowPart:
    """Return what is made from a flow; `file` is the path of its module."""
    view = views.flow_view(flow, predicates_module)
    text = render(view)
    content = text.encode("ascii")
    digest = records.digest(content)
    known = {
        "file": file,
        "digest": digest,
        "fingerprint": flow.fingerprint,
        **({} if flow.queue is None else {"queue": flow.queue}),
    }
    index = records.entry(flow.name, known)
    plan = line(flow).encode("ascii")
    source = source_line(file, text, view.places, origins)
    return FlowPart(
        name=flow.name,
        file=file,
        content=content,
        digest=digest,
        index=index,
        plan=plan,
        source=source,
        variables=variables([flow.queue]),
        key=key,
    )


def common_part(plan: Plan, origins: Origins, *, target: Target, key: str) -> CommonPart:
    """Return what is made from everything in a plan but its flows."""
    frame = _Modules(origins)
    frame.add("__init__.py", views.package_view(target.name, target.version))
    frame.files["py.typed"] = b""
    directory = target.directory
    frame.add(f"{directory}/__init__.py", views.module_view(f"Version {target.version}"))
    frame.add(f"{directory}/nodes/__init__.py", views.module_view("Tasks and storages"))
    frame.add(f"{directory}/flows/__init__.py", views.module_view("Flows"))
    frame.add(target.settings_file, views.settings_view(plan.settings))
    nodes = _Modules(origins)
    tasks = dict(nodes.add_tables(f"{directory}/nodes/tasks", plan.tasks, views.tasks_view))
    for task in plan.tasks:
        if task.queue is not None:
            tasks[task.name]["queue"] = task.queue
        if task.output_schema is not None and task.output_schema in plan.schemas:
            file = f"{directory}/schemas/{_checked_file(task.output_schema)}"
            nodes.files[file] = plan.schemas[task.output_schema].encode("utf-8")
            digest = records.digest(nodes.files[file])
            tasks[task.name]["schema"] = {"file": file, "digest": digest}
    stored = dict(
        nodes.add_tables(f"{directory}/nodes/storages", plan.storages, views.storages_view)
    )
    return CommonPart(
        frame=frame.files,
        nodes=nodes.files,
        tasks=records.index_shards(directory, "tasks", _entries(tasks)),
        storages=records.index_shards(directory, "storages", _entries(stored)),
        plan=nodes_text(plan).encode("ascii"),
        sources={path: nodes.sources[path] for path in nodes.files if path in nodes.sources},
        variables=variables([*_templates(plan.settings), *(task.queue for task in plan.tasks)]),
        key=key,
    )


def source_line(path: str, text: str, places: Iterable[views.Place], origins: Origins) -> str:
    """Return the entry of a module in the source map: lines of the module and lines of YAML files, by those files.

    The places are in the order in which they stand in the text.
    """
    rows: dict[str, list[tuple[int, int]]] = {}
    start, number, anchor = 0, 1, ""
    for place in places:
        origin = origins.get(place.mark)
        if origin is None:
            continue
        if place.anchor != anchor:
            anchor = place.anchor
            found = text.index(f"\n{anchor}", start) + 1
            number += text.count("\n", start, found)
            start = found
        rows.setdefault(origin.file, []).append((number + place.offset, origin.line))
    return records.entry(path, rows)


class _Modules:
    """The modules made so far, and the lines of the source map of those that have some."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self.files: dict[str, bytes] = {}
        self.sources: dict[str, str] = {}

    def add(self, path: str, view: views.View) -> None:
        """Add the module that a view shows."""
        text = render(view)
        self.files[path] = text.encode("ascii")
        self.sources[path] = source_line(path, text, view.places, self._origins)

    def add_tables(
        self, stem: str, specs: tuple[Spec, ...], view: Callable[[Mapping[str, Spec]], views.View]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Add the modules of all tasks or of all storages, and yield what the index tells of each."""
        by_name = {spec.name: spec for spec in specs}
        for shard, members in names.shards(by_name).items():
            path = f"{stem}_{shard}.py"
            self.add(path, view({name: by_name[name] for name in members}))
            known = {"file": path, "digest": records.digest(self.files[path])}
            yield from ((name, {**known}) for name in members)


def _entries(known: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: records.entry(name, known[name]) for name in sorted(known)}


def _templates(settings: abi.SettingsSpec) -> tuple[str | None, ...]:
    """Return the texts in the settings that may refer to environment variables."""
    sinks = (sink.dsn for sink in settings.trace)
    queues = settings.default_task_queue, settings.default_dispatcher_queue
    return (*queues, settings.migration_dir, *sinks)


def _checked_file(file: str) -> str:
    """Return the name of a schema's file; raises ValueError for one that would not stay in its
    directory.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", file):
        raise ValueError(f"{file!r} cannot be the name of a file with a schema")
    return file
