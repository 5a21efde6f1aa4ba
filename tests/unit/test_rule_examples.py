"""The documentation of every rule: its examples are compiled, and what they say is reported is what is reported."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest

import selinon
from selinon_compiler import driver, rules
from selinon_compiler.diagnostics import CHECKS, RULES
from selinon_compiler.passes.modules import Modules

MODULES = rules.load()
CODES = sorted(RULES)
RUNTIME = str(Path(selinon.__file__).parents[1])

WITHOUT_EXAMPLES = {
    "SEL002": "control characters, which the documentation had better not hold",
    "SEL020": "a file that cannot be read",
    "SEL021": "a file in another encoding",
    "SEL022": "a directory without flow files",
    "SEL023": "an empty file",
    "SEL212": "a Python module with a mistake",
    "SEL811": "a JSON file that is no schema",
    "SEL813": "a variable of the environment",
    "SEL812": "JSON files that refer to each other",
}
"""Rules that need something other than the text of one YAML file."""

EXAMPLES = [(code, index) for code in CODES for index, _ in enumerate(RULES[code].examples())]
COMMENT = re.compile(r"#\s*(error|warning): (SEL\d{3})(?=\s*(?:#|$))")


def expected(text: str) -> set[tuple[int, str, str]]:
    """Return line, code and severity of what the comments of an example name."""
    return {
        (number, code, severity)
        for number, line in enumerate(text.split("\n"), 1)
        for severity, code in COMMENT.findall(line)
    }


def reported(text: str, directory: Path) -> set[tuple[int, str, str]]:
    """Return line, code and severity of what is reported about an example, given as both kinds of file.

    Users' modules are not there, which is not held against an example unless it is about that.
    """
    (directory / "example.yaml").write_text(text, encoding="utf-8")
    with contextlib.chdir(directory):
        modules = Modules([str(directory), RUNTIME])
        found = driver.compile_files("example.yaml", ["example.yaml"], modules).diagnostics
    return {
        (one.span.line if one.span else 0, one.rule.code, one.severity.value)
        for one in found
        if one.rule.code != "SEL210" or "SEL210" in text
    }


def test_there_are_rules() -> None:
    """Loading the rules finds those of the package, and importing the driver those of the passes."""
    assert len(MODULES) == len(CHECKS)
    assert len(RULES) > len(CHECKS)


@pytest.mark.parametrize("module", MODULES)
def test_a_rule_is_named_like_its_file(module: str) -> None:
    """Every module of the package declares one rule, which has the module's name."""
    place = f"{rules.__name__}.{module}"
    named = [RULES[code].name for code, check in CHECKS.items() if check.__module__ == place]
    assert named == [module.replace("_", "-")]


def test_names_are_given_once() -> None:
    """No two rules have one name."""
    names = [rule.name for rule in RULES.values()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("code", CODES)
def test_a_rule_is_documented(code: str) -> None:
    """A rule has a code of the usual form, a name in kebab case, a one-line title and an explanation below it."""
    rule = RULES[code]
    assert re.fullmatch(r"SEL\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert re.fullmatch(r"\S.*\.", rule.title)
    assert rule.explanation
    assert not re.match("#|```", rule.explanation)


@pytest.mark.parametrize("code", CODES)
def test_a_rule_has_examples(code: str) -> None:
    """A rule shows a text about which it reports something, and one about which nothing is reported."""
    examples = RULES[code].examples()
    if code in WITHOUT_EXAMPLES and not examples:
        return
    named = [{found for _, found, _ in expected(example)} for example in examples]
    assert any(code in codes for codes in named)
    assert set() in named


def test_exceptions_are_needed() -> None:
    """Rules that are excused from having examples exist, and have none."""
    assert [code for code in WITHOUT_EXAMPLES if RULES[code].examples()] == []


@pytest.mark.parametrize(("code", "index"), EXAMPLES)
def test_an_example_is_reported_as_it_says(code: str, index: int, tmp_path: Path) -> None:
    """What is reported about an example, and on which lines, is exactly what its comments name."""
    text = RULES[code].examples()[index]
    assert reported(text, tmp_path) == expected(text)


@pytest.mark.parametrize("code", CODES)
def test_the_severity_of_an_example_is_that_of_the_rule(code: str) -> None:
    """Comments name an error as an error and a warning as a warning."""
    for example in RULES[code].examples():
        for _, named, severity in expected(example):
            assert severity == RULES[named].severity.value


@pytest.mark.parametrize("code", CODES)
def test_all_that_looks_like_a_comment_of_an_example_is_one(code: str) -> None:
    """Every mention of a code in an example is one that the test of the example reads."""
    for example in RULES[code].examples():
        assert len(re.findall(r"SEL\d{3}", example)) == len(expected(example))
