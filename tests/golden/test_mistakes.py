"""One mistake, one diagnostic: `golden/mistakes` holds a configuration without any, and changes that each make one.

A change has a title (`= …`) and, per file, a hunk (`@ nodes.yaml`) of lines that stay (` `), go (`-`) or come (`+`);
the lines that stay or go occur together in exactly one place. Comments in lines that come name what is to be reported
there.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from selinon_compiler.diagnostics import Diagnostics, render_human
from selinon_compiler.diagnostics.machine import render_json
from selinon_compiler.driver import compile_files
from selinon_compiler.passes.modules import Modules

MISTAKES = Path(__file__).parents[2] / "golden" / "mistakes"
BASE = MISTAKES / "base"
FILES = ("nodes.yaml", "flow.yaml")
COMMENT = re.compile(r"# (error|warning): (SEL\d{3})")


class Change(NamedTuple):
    """A change of the configuration: its title, and its hunks, each with the name of the file."""

    title: str
    hunks: tuple[tuple[str, str], ...]


def changes() -> Iterator[Change]:
    """Yield all changes, in the order of the files."""
    for path in sorted(MISTAKES.glob("*.diff")):
        for part in re.split(r"^= ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, *hunks = re.split(r"^@ ", part.strip("\n") + "\n", flags=re.MULTILINE)
            split = [hunk.strip("\n").partition("\n") for hunk in hunks]
            yield Change(title.strip(), tuple((name, body) for name, _, body in split))


def changed(text: str, hunk: str) -> str:
    """Return a text to which a hunk is applied."""
    lines = [line for line in hunk.split("\n") if line]
    old = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
    new = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
    place = f"\n{text}".find(f"\n{old}")
    assert place >= 0, f"not found:\n{old}"
    assert f"\n{text}".find(f"\n{old}", place + 1) < 0, f"found twice:\n{old}"
    return text[:place] + new + text[place + len(old) :]


def checked(directory: Path) -> Diagnostics:
    """Return what is reported about the configuration in a directory when it is about to be run."""
    with contextlib.chdir(directory):
        modules = Modules([str(directory), *sys.path])
        return compile_files("nodes.yaml", ["flow.yaml"], modules, needed=True).diagnostics


def texts_of(change: Change) -> dict[str, str]:
    """Return the texts of the files, by name, after a change."""
    texts = {name: (BASE / name).read_text(encoding="utf-8") for name in FILES}
    for name, hunk in change.hunks:
        texts[name] = changed(texts[name], hunk)
    return texts


def marked(texts: Mapping[str, str]) -> list[tuple[str, int, str, str]]:
    """Return file, line, severity and code of what comments name."""
    return [
        (name, number, severity, code)
        for name, text in texts.items()
        for number, line in enumerate(text.split("\n"), 1)
        for severity, code in COMMENT.findall(line)
    ]


def written(texts: Mapping[str, str], directory: Path) -> Diagnostics:
    """Write the texts beside the modules of the configuration, and return what is reported about them."""
    shutil.copytree(BASE, directory)
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8")
    return checked(directory)


def anchored(text: str, name: str, *copies: str) -> tuple[str, bool]:
    """Return a text in which a task or flow is given an anchor, with entries that merge it, and whether it has one."""
    head = f"  - name: {name}\n"
    return text.replace(head, f"  - &it\n    name: {name}\n", 1) + "".join(copies), head in text


CHANGES = list(changes())


def test_the_configuration_without_a_change_has_no_mistake(tmp_path: Path) -> None:
    """Whatever is reported about a change is due to the change."""
    shutil.copytree(BASE, tmp_path / "case")
    assert list(checked(tmp_path / "case")) == []


def test_titles_are_given_once() -> None:
    """No two changes have one title."""
    titles = [change.title for change in CHANGES]
    assert sorted(titles) == sorted(set(titles))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.title)
def test_a_mistake_is_reported_once(change: Change, tmp_path: Path) -> None:
    """One diagnostic stands on the line that is marked, nothing else anywhere, and both formats say so."""
    texts = texts_of(change)
    expected = marked(texts)
    assert len(expected) == 1
    found = written(texts, tmp_path / "case")
    listed = json.loads(render_json(found))["diagnostics"]
    assert [(one["file"], one["line"], one["severity"], one["code"]) for one in listed] == expected
    name, number, severity, code = expected[0]
    shown = render_human(found)
    assert shown.startswith(f"{severity}[{code}]: ")
    assert f"--> {name}:{number}:" in shown


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.title)
@pytest.mark.parametrize("flow", ["daily", "report"])
def test_a_mistake_in_a_flow_that_others_merge(flow: str, change: Change, tmp_path: Path) -> None:
    """A mistake under an anchor is one mistake, however many flows merge what stands there."""
    texts = texts_of(change)
    copies = (f"  - <<: *it\n    name: copy_{index}\n" for index in (1, 2))
    texts["flow.yaml"], there = anchored(texts["flow.yaml"], flow, *copies)
    listed = texts["nodes.yaml"]
    if not there or "\n  - report\n" not in listed:
        return
    texts["nodes.yaml"] = listed.replace("  - report\n", "  - report\n  - copy_1\n  - copy_2\n")
    found = written(texts, tmp_path / "case")
    assert [
        (one.path, one.span and one.span.line, one.severity.value, one.rule.code) for one in found
    ] == marked(texts)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.title)
@pytest.mark.parametrize("task", ["Load", "Send"])
def test_a_mistake_in_a_task_that_others_merge(task: str, change: Change, tmp_path: Path) -> None:
    """A mistake under an anchor is one mistake, however many tasks merge what stands there."""
    texts = texts_of(change)
    nodes, there = anchored(texts["nodes.yaml"], task)
    if not there or "\nflows:\n  -" not in nodes or "  - name: " not in texts["flow.yaml"]:
        return
    copies = "".join(f"  - {{<<: *it, name: Copy{n}, classname: {task}}}\n" for n in (1, 2))
    texts["nodes.yaml"] = nodes.replace("\nflows:\n", f"\n{copies}flows:\n  - copies\n")
    texts["flow.yaml"] += "  - {name: copies, edges: [{from: , to: [Copy1, Copy2]}]}\n"
    found = written(texts, tmp_path / "case")
    assert [
        (one.path, one.span and one.span.line, one.severity.value, one.rule.code) for one in found
    ] == marked(texts)
