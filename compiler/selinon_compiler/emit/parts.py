"""From a plan to the parts of a package: all that is made from one flow, and all that is made from the rest.

A part is a function of its plan, of where that was written, and of nothing else. Its key is a digest of all that making
it reads: a part of an earlier build with the same key can be taken over as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from selinon.environment import environment_names
from selinon.record import Record
from selinon_compiler.emit import names
from selinon_compiler.emit.records import Shards
from selinon_compiler.plan.text import Line


class Target:
    """The package that is to be made, and the directory of its version.

    Raises:
        ValueError: the name or the version is one that `check_name` or `check_version` refuses.
    """

    __slots__ = ("compiler_version", "directory", "name", "version")

    def __init__(self, *, name: str, version: str, compiler_version: str) -> None:
        problem = names.check_name(name) or names.check_version(version)
        if problem is not None:
            raise ValueError(problem)
        self.name = name
        self.version = version
        self.compiler_version = compiler_version
        self.directory = names.version_directory(version)

    @property
    def settings_file(self) -> str:
        """Return the path of the module with the settings."""
        return f"{self.directory}/settings.py"

    def flow_files(self, flows: Iterable[str]) -> dict[str, str]:
        """Return the paths of the modules of flows, by flow."""
        directory = self.directory
        modules = names.flow_modules(flows)
        return {name: f"{directory}/flows/{module}.py" for name, module in modules.items()}


class FlowPart(Record):
    """What is made from a flow: its module, and its lines in the index, the plan and the source map.

    `variables` are the environment variables that its queue refers to.
    """

    name: str
    file: str
    content: bytes
    digest: str
    index: str
    plan: Line
    source: str
    variables: tuple[str, ...]
    key: str


class CommonPart(Record):
    """What is made from everything but the flows.

    `frame` are the files that every package has, `nodes` the modules of tasks and storages, and schemas; both by path.
    `tasks` and `storages` are their indexes, `plan` is the text in the plan, `sources` are the lines of the source map
    by path. `variables` are the environment variables that queues of tasks and settings refer to.
    """

    frame: Mapping[str, bytes]
    nodes: Mapping[str, bytes]
    tasks: Shards
    storages: Shards
    plan: Line
    sources: Mapping[str, str]
    variables: tuple[str, ...]
    key: str


def variables(templates: Iterable[str | None]) -> tuple[str, ...]:
    """Return the environment variables that texts refer to, sorted."""
    found = {name for text in templates if text and "{" in text for name in environment_names(text)}
    return tuple(sorted(found))
