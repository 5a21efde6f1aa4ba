"""What is reported about configurations: every folder of `golden/check` is one, with its diagnostics beside it."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from pathlib import Path

import pytest
from tests.golden.conftest import Compare

from selinon_compiler.diagnostics import Diagnostics, render_human
from selinon_compiler.diagnostics.machine import render_json
from selinon_compiler.driver import compile_files
from selinon_compiler.passes.modules import Modules

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(file.parent.name for file in (GOLDEN / "check").glob("*/nodes.yaml"))
VALID = [case for case in CASES if case.startswith("valid_")]


def checked(directory: Path) -> Diagnostics:
    """Return what is reported about a case, with paths relative to it.

    Flows stand in the folder `flows`, or in `flow.yaml`, or else in the nodes file itself. Modules are those of the
    case, then those of `golden/modules`.
    """
    with contextlib.chdir(directory):
        flows = next((name for name in ("flows", "flow.yaml") if Path(name).exists()), "nodes.yaml")
        modules = Modules([str(directory), str(GOLDEN / "modules"), *sys.path])
        return compile_files("nodes.yaml", [flows], modules).diagnostics


@pytest.mark.parametrize("case", CASES)
def test_diagnostics(case: str, compare: Compare) -> None:
    """The diagnostics of a case, for people and for programs, are those that lie beside it."""
    directory = GOLDEN / "check" / case
    found = checked(directory)
    made = {
        "diagnostics.txt": render_human(found).encode(),
        "diagnostics.json": f"{render_json(found)}\n".encode(),
    }
    compare(directory, made)


@pytest.mark.parametrize("case", VALID)
def test_nothing_is_reported_about_what_is_valid(case: str) -> None:
    """A case whose name begins with `valid_` looks like a mistake, and is none."""
    assert (GOLDEN / "check" / case / "diagnostics.txt").read_text() == ""


@pytest.mark.parametrize("case", [case for case in CASES if case not in VALID])
def test_both_forms_say_the_same(case: str) -> None:
    """The text for people and the JSON name the same codes at the same places, in the same order; there are some."""
    directory = GOLDEN / "check" / case
    text = (directory / "diagnostics.txt").read_text()
    shown = re.findall(r"^(error|warning)\[(SEL\d{3})\]: .*\n *--> (.*)$", text, re.MULTILINE)
    listed = json.loads((directory / "diagnostics.json").read_text())["diagnostics"]
    assert shown
    assert [(one["severity"], one["code"]) for one in listed] == [one[:2] for one in shown]
    assert all(
        place in (one["file"], f"{one['file']}:{one['line']}:{one['column']}")
        for one, (_, _, place) in zip(listed, shown, strict=True)
    )


def test_there_are_enough_near_misses() -> None:
    """What must not be reported is tested about as thoroughly as what must."""
    assert len(VALID) >= 40


@pytest.mark.parametrize("case", VALID)
def test_a_near_miss_says_what_it_nearly_does_wrong(case: str) -> None:
    """The first line of a valid configuration is a comment about what might be taken for a mistake in it."""
    assert re.match(r"# \S.{20,}\n", (GOLDEN / "check" / case / "nodes.yaml").read_text())
