"""The commands `explain` and `schema`: what the code says of itself, at a terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from selinon_compiler import cli
from selinon_compiler.catalogue import all_rules
from selinon_compiler.diagnostics import RETIRED

DOCS = Path(__file__).resolve().parents[2] / "docs"


def run(*arguments: str) -> int:
    """Run the command; return the exit status."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    return int(ended.value.code or 0)


def explained(capsys: pytest.CaptureFixture[str], *asked: str) -> str:
    """Return what is printed about rules."""
    assert run("explain", *asked) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_a_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Title, severity, reasons and examples are shown, as plain text that fits into a terminal."""
    lines = explained(capsys, "SEL201").splitlines()
    assert lines[0] == "SEL201 unknown-node (error, since 2.0)"
    assert lines[2] == "A flow names something that is neither a task nor a flow."
    assert "Example:" in lines
    assert "            to: Laod  # error: SEL201" in lines
    assert max(map(len, lines)) <= 88


@pytest.mark.parametrize("asked", ["sel201", "unknown-node", "Unknown_Node"])
def test_ways_to_ask(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A code may be given in any case, and so may the name of a rule, as its file is called or as it is shown."""
    assert explained(capsys, asked) == explained(capsys, "SEL201")


def test_several_rules(capsys: pytest.CaptureFixture[str]) -> None:
    """Rules are explained in the order in which they are asked for, each once."""
    out = explained(capsys, "SEL202", "SEL201", "sel202")
    assert re.findall(r"^SEL\d{3}", out, re.MULTILINE) == ["SEL202", "SEL201"]


def test_all_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a code, every rule is listed with its title, in the order of codes."""
    lines = explained(capsys).splitlines()
    assert [line.split()[0] for line in lines] == sorted(all_rules())
    assert all(
        rule.name in line and rule.severity.value in line and line.endswith(rule.title)
        for line, rule in zip(lines, all_rules().values(), strict=True)
    )


@pytest.mark.parametrize("code", sorted(all_rules()))
def test_every_rule_reads_well(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of the Markdown that pages are made of is left, nor any HTML."""
    out = explained(capsys, code)
    prose = "\n".join(line for line in out.splitlines() if not line.startswith("    "))
    assert "```" not in out
    assert not re.search(r"^#|^\s*\|[ -]|</|<a\b", prose, re.MULTILINE)
    assert max(map(len, prose.splitlines())) <= 88


@pytest.mark.parametrize(
    ("asked", "near"),
    [("SLE201", "SEL201"), ("unknwon-node", "unknown-node"), ("nothing-like-it", None)],
)
def test_unknown_rules(asked: str, near: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """What does not exist is wrong usage; a similar code or name is offered, and nothing is printed."""
    assert run("explain", "SEL201", asked) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"no diagnostic has the code or name `{asked}`" in err
    assert ("a similar one exists" in err) == (near is not None)
    assert near is None or f"`{near}`" in err


def test_codes_are_not_given_away(capsys: pytest.CaptureFixture[str]) -> None:
    """A code that is no longer reported is still explained, and belongs to no rule."""
    assert not RETIRED.keys() & all_rules().keys()
    for code, reason in RETIRED.items():
        assert reason in explained(capsys, code)


@pytest.mark.parametrize("document", ["nodes", "flows"])
def test_schema(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The schema that is printed is the one that is published."""
    assert run("schema", document) == 0
    out = capsys.readouterr().out
    assert out == (DOCS / "schemas" / f"{document}.json").read_text(encoding="utf-8")
    assert json.loads(out)["$defs"]


@pytest.mark.parametrize("arguments", [["schema"], ["schema", "node"], ["explian"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A missing or misspelt word ends in status 2, and what could be meant is named."""
    assert run(*arguments) == 2
    assert re.search(r"nodes|explain", capsys.readouterr().err)
