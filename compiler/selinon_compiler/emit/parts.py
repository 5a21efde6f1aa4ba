"""From a plan to the parts of a package: all that is made from one flow, and all that is made from the rest.

A part is a function of its plan, of where that was written, and of nothing else; so is its seal. A part of an earlier
build with the right seal can be taken over as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from selinon.environment import environment_names
from selinon.record import Record
from selinon_compiler.emit import names, records


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The package that is to be made, and the directory of its version.

    Raises:
        ValueError: the name or the version is one that `check_name` or `check_version` refuses.
    """

    name: str
    version: str
    compiler_version: str
    directory: str = field(init=False)

    def __post_init__(self) -> None:
        problem = names.check_name(self.name) or names.check_version(self.version)
        if problem is not None:
            raise ValueError(problem)
        object.__setattr__(self, "directory", names.version_directory(self.version))

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
    plan: str
    source: str
    variables: tuple[str, ...]
    seal: str


class CommonPart(Record):
    """What is made from everything but the flows.

    `frame` are the files that every package has, `nodes` the modules of tasks and storages, and schemas; both by path.
    `tasks` and `storages` are the lines of the index by name, `plan` is the text in the plan, `sources` are the lines
    of the source map by path. `variables` are the environment variables that queues of tasks and settings refer to.
    """

    frame: Mapping[str, bytes]
    nodes: Mapping[str, bytes]
    tasks: Mapping[str, str]
    storages: Mapping[str, str]
    plan: str
    sources: Mapping[str, str]
    variables: tuple[str, ...]
    seal: str


def variables(templates: Iterable[str | None]) -> tuple[str, ...]:
    """Return the environment variables that texts refer to, sorted."""
    found = {name for text in templates if text and "{" in text for name in environment_names(text)}
    return tuple(sorted(found))


def flow_seal(key: str, index: str, plan: str, source: str) -> str:
    """Return the seal of a flow's part: its key, and all that is made. The index holds the digest of the module."""
    return _digest("\n".join((key, index, plan, source)))


def common_seal(key: str, part: CommonPart) -> str:
    """Return the seal of the part of everything but the flows; the one that the part has is not looked at."""
    contents = {**part.frame, **part.nodes}
    files = (f"{path} {records.digest(contents[path])}" for path in sorted(contents))
    return _digest(
        "\n".join(
            (
                key,
                *files,
                *part.tasks.values(),
                *part.storages.values(),
                part.plan,
                *(part.sources[path] for path in sorted(part.sources)),
                *part.variables,
            )
        )
    )


def whole_seal(key: str, digests: Mapping[str, str], seals: str) -> str:
    """Return the seal of a package: its key, the digests of its files, and the seals of its parts."""
    return _digest(
        "\n".join((key, *(f"{path} {digests[path]}" for path in sorted(digests)), seals))
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()
