"""One mistake, one diagnostic: `golden/mistakes` holds a configuration without any, and changes that each make one.

A change has a title (`= …`) and, per file, a hunk (`@ nodes.yaml`) of lines that stay (` `), go (`-`) or come (`+`); the
lines that stay or go occur together in exactly one place. Comments in lines that come name what is to be reported there.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from selinon_compiler.diagnostics import Diagnostics, render_human, render_json
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
    directory = tmp_path / "case"
    shutil.copytree(BASE, directory)
    texts = {name: (BASE / name).read_text(encoding="utf-8") for name in FILES}
    for name, hunk in change.hunks:
        texts[name] = changed(texts[name], hunk)
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8")
    expected = [
        (name, number, severity, code)
        for name, text in texts.items()
        for number, line in enumerate(text.split("\n"), 1)
        for severity, code in COMMENT.findall(line)
    ]
    assert len(expected) == 1
    found = checked(directory)
    listed = json.loads(render_json(found))["diagnostics"]
    assert [(one["file"], one["line"], one["severity"], one["code"]) for one in listed] == expected
    name, number, severity, code = expected[0]
    shown = render_human(found)
    assert shown.startswith(f"{severity}[{code}]: ")
    assert f"--> {name}:{number}:" in shown
