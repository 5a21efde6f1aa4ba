"""A build that takes over what did not change gives the same bytes as one that makes everything."""

from __future__ import annotations

import json
import shutil
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selinon_compiler import emit
from selinon_compiler.build import build
from selinon_compiler.driver import compile_files
from selinon_compiler.emit import making, records
from selinon_compiler.emit.earlier import Found
from selinon_compiler.emit.parts import Target
from selinon_compiler.emit.seals import sealed
from selinon_compiler.passes.modules import Modules

TARGET = Target(name="flows", version="1.0.0", compiler_version="0")


@dataclass
class Configuration:
    """A configuration that can be edited: names of tasks with a number, flows with what they hold, and more."""

    tasks: dict[str, int] = field(default_factory=lambda: {"A": 0, "B": 1, "C": 2})
    flows: dict[str, list[tuple[str, int]]] = field(
        default_factory=lambda: {"one": [("A", 0)], "two": [("B", 1), ("one", 2)]}
    )
    apart: bool = True
    comments: dict[str, int] = field(default_factory=dict)
    takes: str = "message"
    module: str = "checks"
    schema: str = "object"
    queue: str = "q"

    def files(self) -> dict[str, str]:
        """Return the files: flows in one file each, or all in one."""
        tasks = "".join(
            f"- {{name: {name}, import: code, max_retry: {number}, queue: 'q_{{X{number}}}'}}\n"
            for name, number in self.tasks.items()
        )
        nodes = (
            f"tasks:\n{tasks}- {{name: S, import: code, output_schema: schema.json}}\n"
            f"flows: [{', '.join(self.flows)}]\n"
            f"global: {{predicates_module: {self.module}, default_task_queue: '{self.queue}'}}\n"
        )
        sections = {name: self._flow(name) for name in self.flows}
        head = "flow-definitions:\n"
        flows = (
            {f"flows/{name}.yaml": head + text for name, text in sections.items()}
            if self.apart
            else {"flows/all.yaml": head + "".join(sections.values())}
        )
        function = f"def has({self.takes}, key): ...\ndef other(key): ...\n"
        return {
            "nodes.yaml": "# changed\n" * self.comments.get("nodes", 0) + nodes,
            "checks.py": function,
            "more_checks.py": function,
            "code.py": "",
            "schema.json": json.dumps({"type": self.schema}),
            **flows,
        }

    def _flow(self, name: str) -> str:
        edges = "".join(
            f"  - {{from: S, to: {to}, condition: {{name: {('has', 'other')[number % 2]}, "
            f"args: {{key: {number}}}}}}}\n"
            for to, number in self.flows[name]
        )
        comments = "# changed\n" * self.comments.get(name, 0)
        return f"{comments}- name: {name}\n  edges:\n  - {{from: , to: S}}\n{edges}"

    def known(self) -> list[str]:
        """Return the names of all nodes."""
        return [*self.tasks, *self.flows]

    def drop(self, name: str) -> None:
        """Remove what uses a name."""
        for flow, edges in self.flows.items():
            self.flows[flow] = [edge for edge in edges if edge[0] != name]


names = st.text(string.ascii_letters, max_size=2).map(
    lambda text: f"Q{text}"
)  # no boolean starts so


def edit(draw: st.DrawFn, config: Configuration) -> None:
    """Change something at random."""
    number = draw(st.integers(0, 5))
    match draw(st.integers(0, 12)):
        case 0:
            config.tasks[draw(st.sampled_from(sorted(config.tasks)))] = number
        case 1:
            config.flows[draw(st.sampled_from(sorted(config.flows)))].append(
                (draw(st.sampled_from(sorted(config.known()))), number)
            )
        case 2:
            edges = config.flows[draw(st.sampled_from(sorted(config.flows)))]
            del edges[: draw(st.integers(0, 2))]
        case 3:
            name = draw(names)
            if name not in config.known():
                config.flows[name] = [("A", number)] if "A" in config.tasks else []
        case 4:
            name = draw(names)
            if name not in config.known():
                config.tasks[name] = number
        case 5 if len(config.flows) > 1:
            name = draw(st.sampled_from(sorted(config.flows)))
            del config.flows[name]
            config.drop(name)
        case 6 if len(config.tasks) > 1:
            name = draw(st.sampled_from(sorted(config.tasks)))
            del config.tasks[name]
            config.flows[name] = []  # a task becomes a flow, and flows that use it are not touched
        case 7:
            place = draw(st.sampled_from(["nodes", *sorted(config.flows)]))
            config.comments[place] = number
        case 8:
            config.takes = draw(
                st.sampled_from(["message", "node_args", "message, node_args", "x=1"])
            )
        case 9:
            config.module = draw(st.sampled_from(["checks", "more_checks"]))
        case 10:
            config.schema = draw(st.sampled_from(["object", "string"]))
        case 11:
            config.apart = not config.apart
        case _:
            config.queue = draw(st.sampled_from(["q", "{Y}", "{Z}"]))


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, str]]:
    """Return the files of a configuration, over some edits."""
    config = Configuration()
    found = [config.files()]
    for _ in range(draw(st.integers(1, 5))):
        for _ in range(draw(st.integers(0, 2))):
            edit(draw, config)
        found.append(config.files())
    return found


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a directory to work in."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        path = tmp_path_factory.mktemp("incremental")
        monkeypatch.chdir(path)
        yield path


def built(
    directory: Path, files: Mapping[str, str], found: Mapping[str, bytes | None]
) -> dict[str, bytes]:
    """Return the files of the package of a configuration, given those of an earlier build."""
    shutil.rmtree(directory / "flows", ignore_errors=True)
    for path, text in files.items():
        (directory / path).parent.mkdir(exist_ok=True)
        (directory / path).write_text(text)
    result = compile_files("nodes.yaml", ["flows"], Modules([str(directory)]), check=False)
    assert result.system is not None
    assert not result.diagnostics.errors
    return dict(build(result.system, result.schemas, TARGET, Found(found)).files)


@settings(max_examples=60)
@given(histories())
def test_an_earlier_build_does_not_show(directory: Path, history: list[dict[str, str]]) -> None:
    """Over any edits, each build upon the one before gives what a build from nothing gives."""
    earlier: dict[str, bytes] = {}
    for files in history:
        whole = built(directory, files, {})
        assert built(directory, files, earlier) == whole
        earlier = whole


@settings(max_examples=40)
@given(histories(), st.data())
def test_a_damaged_earlier_build_does_not_show(
    directory: Path, history: list[dict[str, str]], data: st.DataObject
) -> None:
    """Nor when files of the earlier build are missing, from another build, or no longer what they were."""
    builds = [built(directory, files, {}) for files in history]
    damaged: dict[str, bytes | None] = dict(builds[-2])
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(sorted(damaged)))
        content = damaged[path] or b""
        other = data.draw(st.sampled_from(builds)).get(path)
        place = data.draw(st.integers(0, len(content)))
        damaged[path] = data.draw(
            st.sampled_from(
                [None, b"", b"{}", other, content[:place], content[:place] + b"x" + content[place:]]
            )
        )
    assert built(directory, history[-1], damaged) == builds[-1]


ODD: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "no key": lambda made: made["common"].pop("key"),
    "no variables": lambda made: made["common"].pop("variables"),
    "no frame": lambda made: made["common"].pop("frame"),
    "a file that is not there": lambda made: made["common"]["frame"].append("nope"),
    "no flows": lambda made: made["flows"].clear(),
    "a flow more": lambda made: made["flows"].update(zzz="0"),
    "no text": lambda made: made["flows"].update(dict.fromkeys(made["flows"], 1)),
}
"""What may be odd about the records of an earlier build whose seal is right."""


@pytest.mark.parametrize("odd", ODD)
def test_odd_records_under_a_right_seal_do_not_show(directory: Path, odd: str) -> None:
    """A build that another compiler may have sealed gives what a build from nothing gives, also after a change."""
    files = Configuration().files()
    path = next(path for path in files if path.startswith("flows/"))
    for now in (files, {**files, path: files[path] + "# a comment\n"}):
        whole = built(directory, now, {})
        earlier = built(directory, files, {})
        made = json.loads(earlier["parts.json"])
        del made["seal"]
        ODD[odd](made)
        digests = {name: records.digest(text) for name, text in earlier.items()}
        del digests["parts.json"]
        text = json.dumps(made, indent=0).removesuffix("\n}") + "\n}\n"
        assert built(directory, now, {**earlier, "parts.json": sealed(text, digests)}) == whole


@settings(max_examples=5)
@given(histories())
def test_what_did_not_change_is_not_made_again(
    directory: Path, history: list[dict[str, str]]
) -> None:
    """A build of the same files makes no part; a comment in one file makes the parts of that file alone."""
    files = history[-1]
    earlier = built(directory, files, {})
    made: list[str] = []

    def recorded(flow: Any, *arguments: Any, **options: Any) -> Any:
        made.append(flow.name)
        return flow_part(flow, *arguments, **options)

    flow_part = making.flow_part
    with (
        patch.object(making, "flow_part", recorded),
        patch.object(making, "common_part", side_effect=AssertionError),
    ):
        assert built(directory, files, earlier) == earlier
        assert made == []
        path = next(path for path in files if path.startswith("flows/"))
        changed = {**files, path: files[path] + "# a comment\n"}
        after = built(directory, changed, earlier)
    assert made == sorted(
        line.removeprefix("- name: ")
        for line in files[path].split("\n")
        if line.startswith("- name")
    )
    assert {name for name in after if after[name] != earlier[name]} <= {
        "parts.json",
        "sources.json",
    }


def test_another_compiler_or_version_takes_nothing_over(directory: Path) -> None:
    """Parts are made for one version of the compiler, and for one version of the package."""
    files = Configuration().files()
    earlier = built(directory, files, {})
    result = compile_files("nodes.yaml", ["flows"], Modules([str(directory)]), check=False)
    assert result.system is not None
    for version, compiler in (("1.0.0", "1"), ("1.0.1", "0")):
        target = Target(name="flows", version=version, compiler_version=compiler)
        with (
            pytest.raises(AssertionError),
            patch.object(making, "flow_part", side_effect=AssertionError),
        ):
            build(result.system, result.schemas, target, Found(earlier))


def test_a_plan_gives_the_same_package(directory: Path) -> None:
    """What is compiled for use in this process differs from a build in nothing but what a later build reads."""
    whole = built(directory, Configuration().files(), {})
    result = compile_files("nodes.yaml", ["flows"], Modules([str(directory)]), check=False)
    assert result.plan is not None
    assert result.origins is not None
    package = emit.package(
        result.plan, result.origins, name="flows", version="1.0.0", compiler_version="0"
    )
    assert {path for path in whole if whole[path] != package.files[path]} == {"parts.json"}
