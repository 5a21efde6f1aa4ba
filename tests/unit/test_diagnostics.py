"""Source positions, rules, the collector and the renderers of diagnostics."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator

import pytest

from selinon_compiler.diagnostics import (
    CHECKS,
    RULES,
    Diagnostics,
    Finding,
    Fix,
    Related,
    Rule,
    Severity,
    declare,
    did_you_mean,
    render_human,
    rule,
)
from selinon_compiler.diagnostics.collector import MOST
from selinon_compiler.diagnostics.machine import render_json
from selinon_compiler.diagnostics.rule import findings
from selinon_compiler.source import SourceFile, Span

ERROR = Rule(code="SEL201", name="wrong", severity=Severity.ERROR, since="1.0", text="It is wrong.")
WARNING = Rule(code="SEL202", name="odd", severity=Severity.WARNING, since="1.0", text="It is odd.")


def place(text: str, marked: str, path: str = "f.yaml") -> Span:
    """Return where a text stands in a file."""
    start = text.index(marked)
    return Span(SourceFile(path, text), start, start + len(marked))


def human(span: Span | str, message: str = "it is wrong", **more: str) -> list[str]:
    """Return the lines of one error as it is shown, without the summary."""
    found = Diagnostics()
    found.report(ERROR, span, message, help=more.get("help"))
    return render_human(found).splitlines()[:-2]


@pytest.fixture
def registry() -> Iterator[None]:
    """Let a test declare rules in an empty registry, which is as before after it."""
    rules, checks = dict(RULES), dict(CHECKS)
    RULES.clear()
    CHECKS.clear()
    yield
    RULES.clear()
    CHECKS.clear()
    RULES.update(rules)
    CHECKS.update(checks)


# Positions


def test_positions_count_lines_as_editors_do() -> None:
    """Lines end with LF, CRLF or CR, and with nothing else."""
    file = SourceFile("f.yaml", "a\nb\r\nc\rd\x85\u2028\x0be")
    assert [file.position(offset) for offset in range(12)] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (2, 3),
        (3, 1),
        (3, 2),
        (4, 1),
        (4, 2),
        (4, 3),
        (4, 4),
        (4, 5),
    ]
    assert [file.line(number) for number in (1, 2, 3, 4)] == ["a", "b", "c", "d\x85\u2028\x0be"]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_lines_are_found_in_blocks(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pieces are in which a text is looked through, places and lines are the same."""
    texts = ["".join(signs) for signs in itertools.product(["\r", "\n", "a", "bb"], repeat=5)]
    wanted = [(text, *places_and_lines(text)) for text in texts]
    monkeypatch.setattr("selinon_compiler.source._BLOCK", size)
    assert [(text, *places_and_lines(text)) for text in texts] == wanted


def places_and_lines(text: str) -> tuple[list[tuple[int, int]], list[str]]:
    """Return the position of every character of a text, and its lines."""
    file = SourceFile("f.yaml", text)
    positions = [file.position(offset) for offset in range(len(text) + 1)]
    return positions, [file.line(number) for number in range(1, positions[-1][0] + 1)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 65_536])
def test_lines_of_many_places_are_those_of_each(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever order places are given, their lines are the ones that their positions have."""
    monkeypatch.setattr("selinon_compiler.source._BLOCK", size)
    for signs in itertools.product(["\r", "\n", "a", "bb"], repeat=5):
        text = "".join(signs)
        file = SourceFile("f.yaml", text)
        offsets = [
            offset
            for offset in range(len(text), -1, -1)
            if text[max(offset - 1, 0) : offset + 1] != "\r\n"
        ]
        assert file.lines(offsets) == {offset: file.position(offset)[0] for offset in offsets}
    assert SourceFile("f.yaml", "a").lines([]) == {}


def test_position_behind_the_last_line_break() -> None:
    """The end of a text that ends with a line break is an empty line."""
    file = SourceFile("f.yaml", "a\n")
    assert file.position(2) == (2, 1)
    assert file.line(2) == ""
    assert SourceFile("f.yaml", "").position(0) == (1, 1)


def test_span_knows_its_text_and_both_ends() -> None:
    """A span is half-open, and may cover several lines."""
    span = place("a: 1\nbc:\n  d", "1\nbc:\n  d")
    assert span.text == "1\nbc:\n  d"
    assert (span.line, span.column, span.end_line, span.end_column) == (1, 4, 3, 4)


def test_positions_of_a_large_file_are_found_quickly() -> None:
    """Looking up a position does not read the file again."""
    file = SourceFile("f.yaml", "a: 1\n" * 200_000)
    started = time.process_time()
    for offset in range(0, 1_000_000, 50):
        file.position(offset)
    assert time.process_time() - started < 2


# Rules


def test_rule_is_documented_by_its_doc() -> None:
    """The first line is the title, and fences with YAML are the examples."""
    doc = "It is wrong.\n\nBecause.\n\n```yaml\na: 1\n```\n\n```text\nno\n```\n\n```yaml\nb: 2\n```"
    one = Rule(code="SEL203", name="wrong", severity=Severity.ERROR, since="1.0", text=doc)
    assert one.title == "It is wrong."
    assert one.explanation.startswith("Because.")
    assert one.examples() == ["a: 1\n", "b: 2\n"]


@pytest.mark.usefixtures("registry")
def test_code_is_declared_once() -> None:
    """A second rule with a code that exists is a mistake of the program."""
    declare("SEL990", "first", severity=Severity.ERROR, since="1.0", doc="First.")
    with pytest.raises(AssertionError, match="SEL990"):
        declare("SEL990", "second", severity=Severity.ERROR, since="1.0", doc="Second.")


@pytest.mark.usefixtures("registry")
def test_check_is_a_rule() -> None:
    """A generator becomes a rule: its name names it, its docstring documents it."""
    span = place("abc", "b")

    @rule("SEL991", severity=Severity.WARNING, since="1.0")
    def much_too_short(subject: str) -> Iterator[Finding]:
        """A text is too short.

        Nobody can read it.
        """
        if len(subject) < 3:
            yield Finding(span, f"{subject} is short", help="make it longer")

    declared = RULES["SEL991"]
    assert (declared.name, declared.severity) == ("much-too-short", Severity.WARNING)
    assert declared.title == "A text is too short."
    assert declared.explanation == "Nobody can read it."
    assert [(one.code, finding.message) for one, finding in findings("ab")] == [
        ("SEL991", "ab is short")
    ]
    assert list(findings("abc")) == []


# The collector


def test_diagnostics_come_out_sorted() -> None:
    """They are sorted by file, place, code and message, in whatever order they came."""
    found = Diagnostics()
    text = "ab"
    for path, marked, which, message in [
        ("b.yaml", "a", ERROR, "1"),
        ("a.yaml", "b", ERROR, "2"),
        ("a.yaml", "a", WARNING, "3"),
        ("a.yaml", "ab", ERROR, "4"),
        ("a.yaml", "a", ERROR, "6"),
        ("a.yaml", "a", ERROR, "5"),
    ]:
        found.report(which, place(text, marked, path), message)
    found.report(ERROR, "a.yaml", "7")
    assert [one.message for one in found] == ["7", "5", "6", "3", "4", "2", "1"]


def test_diagnostic_is_kept_once() -> None:
    """The same finding, made twice, is one; as an error it outweighs a warning."""
    found = Diagnostics()
    for severity in (Severity.WARNING, Severity.ERROR, Severity.WARNING, Severity.ERROR):
        found.report(ERROR, place("ab", "b"), "it is wrong", severity=severity)
    assert (len(found), found.errors, found.warnings) == (1, 1, 0)
    assert [one.severity for one in found] == [Severity.ERROR]


def test_errors_and_warnings_are_counted() -> None:
    """Severities are those of the rules, unless a report says otherwise."""
    found = Diagnostics()
    assert (found.errors, found.warnings) == (0, 0)
    found.report(ERROR, place("ab", "a"), "1")
    found.report(WARNING, place("ab", "a"), "2")
    found.report(ERROR, place("ab", "a"), "3", severity=Severity.WARNING)
    found.add(WARNING, Finding(place("ab", "a"), "4"), Severity.ERROR)
    assert (found.errors, found.warnings, len(found)) == (2, 2, 4)


def test_very_many_diagnostics_are_counted() -> None:
    """Of one rule and file a bounded number comes out, with the number of the others at the end; each counts once."""
    found = Diagnostics()
    text = "a" * (MOST + 50)
    for path, rule_ in [
        ("f.yaml", ERROR),
        ("f.yaml", ERROR),
        ("f.yaml", WARNING),
        ("g.yaml", ERROR),
    ]:
        file = SourceFile(path, text)
        for start in range(len(text)):
            found.report(rule_, Span(file, start, start + 1), "it is wrong")
    assert (found.errors, found.warnings, len(found)) == (2 * MOST + 100, MOST + 50, 3 * (MOST + 1))
    assert [(one.path, one.rule, one.message) for one in list(found)[-3:]] == [
        ("f.yaml", ERROR, "50 more like the ones above are not shown"),
        ("f.yaml", WARNING, "50 more like the ones above are not shown"),
        ("g.yaml", ERROR, "50 more like the ones above are not shown"),
    ]
    assert max(one.span.start for one in found if one.span) == MOST - 1


def test_long_texts_are_cut() -> None:
    """A message that quotes something huge keeps both of its ends."""
    found = Diagnostics()
    huge = f"the task `{'x' * 10**7}` is wrong"
    found.report(
        ERROR, place("ab", "a"), huge, help=huge, related=[Related(place("ab", "b"), huge)]
    )
    (one,) = found
    for text in (one.message, one.help or "", one.related[0].message):
        assert text.startswith("the task `xxx")
        assert text.endswith("xxx` is wrong")
        assert len(text) < 2000


def test_finding_keeps_all_it_says() -> None:
    """What a check yields arrives in the diagnostic."""
    span = place("ab", "a")
    related, fix = (Related(place("ab", "b"), "here"),), Fix(span, "c")
    found = Diagnostics()
    found.add(ERROR, Finding(span, "m", help="h", related=related, fix=fix))
    (one,) = found
    assert (one.path, one.span, one.message, one.help) == ("f.yaml", span, "m", "h")
    assert (one.related, one.fix) == (related, fix)


# For people


def test_diagnostic_is_shown_with_its_line() -> None:
    """The form is that of rustc: header, place, quoted line with carets, notes and help."""
    text = "\n" * 11 + "        - 'Taks2'\n"
    found = Diagnostics()
    found.report(
        ERROR,
        place(text, "'Taks2'", "flows/flow1.yaml"),
        "flow `flow1` uses `Taks2`, which is neither a task nor a flow",
        help="a task with a similar name exists: `Task2` (nodes.yaml:9:13)",
        related=[Related(place("tasks:\n- B", "B", "nodes.yaml"), "tasks are declared here")],
    )
    found.report(WARNING, "flows", "nothing is here")
    assert render_human(found) == (
        "warning[SEL202]: nothing is here\n"
        " --> flows\n"
        "\n"
        "error[SEL201]: flow `flow1` uses `Taks2`, which is neither a task nor a flow\n"
        "  --> flows/flow1.yaml:12:11\n"
        "   |\n"
        "12 |         - 'Taks2'\n"
        "   |           ^^^^^^^\n"
        "   = note: tasks are declared here (nodes.yaml:2:3)\n"
        "   = help: a task with a similar name exists: `Task2` (nodes.yaml:9:13)\n"
        "\n"
        "1 error, 1 warning\n"
    )


def test_nothing_is_shown_when_all_is_well() -> None:
    """Without findings there is no text, not even a summary."""
    assert render_human(Diagnostics()) == ""


@pytest.mark.parametrize(
    ("errors", "warnings", "summary"),
    [(1, 0, "1 error"), (2, 1, "2 errors, 1 warning"), (0, 2, "2 warnings")],
)
def test_summary(errors: int, warnings: int, summary: str) -> None:
    """The last line counts."""
    found = Diagnostics()
    for number in range(errors):
        found.report(ERROR, "f.yaml", str(number))
    for number in range(warnings):
        found.report(WARNING, "f.yaml", str(number))
    assert render_human(found).splitlines()[-1] == summary


@pytest.mark.parametrize(
    ("text", "marked", "line", "carets"),
    [
        ("a: b", "b", "a: b", "   ^"),
        ("\ta: b", "b", "    a: b", "       ^"),
        ("名前: 値段", "値段", "名前: 値段", "      ^^^^"),
        ("e\u0301: b", "b", "e\u0301: b", "   ^"),
        ("a\x1b[31m: b", "b", "a\\x1b[31m: b", "           ^"),
        ("a\u202e: b", "b", "a\\u202e: b", "         ^"),
        ("a\ud800: b", "b", "a\\ud800: b", "         ^"),
        ("a: \x07b", "\x07", "a: \\x07b", "   ^^^^"),
        ("a: [1,\n 2]", "[1,\n 2]", "a: [1,", "   ^^^"),
        ("a: [1,\r\n 2]", "[1,\r\n 2]", "a: [1,", "   ^^^"),
        ("a:\nb", "", "a:", "^"),
    ],
)
def test_carets_stand_below_the_span(text: str, marked: str, line: str, carets: str) -> None:
    """Tabs, wide and combining characters and escapes are counted as they are shown."""
    shown = human(place(text, marked))
    assert shown[3:5] == [f"1 | {line}", f"  | {carets}"]


def test_caret_at_the_end_of_the_file() -> None:
    """Where something is missing at the end, one caret stands behind the last character."""
    file = SourceFile("f.yaml", "ab")
    assert human(Span(file, 2, 2))[3:5] == ["1 | ab", "  |   ^"]
    assert human(Span(SourceFile("f.yaml", "ab\n"), 3, 3))[1:5] == [
        " --> f.yaml:2:1",
        "  |",
        "2 |",
        "  | ^",
    ]


@pytest.mark.parametrize("before", [0, 70, 200, 5000])
@pytest.mark.parametrize("behind", [0, 70, 200, 5000])
def test_long_line_is_cut_around_the_span(before: int, behind: int) -> None:
    """What is shown of a long line holds the span, and the carets are below it."""
    text = "x" * before + "HERE" + "y" * behind
    line, carets = human(place(text, "HERE"))[3:5]
    assert len(line) < 180
    assert len(carets) == len(carets.rstrip())
    assert line[carets.index("^") : carets.rindex("^") + 1] == "HERE"
    assert ("…" in line) == (before + behind + 4 > 160)


def test_long_span_is_cut() -> None:
    """Carets end where the shown part of the line ends."""
    line, carets = human(place("a" * 5000, "a" * 5000))[3:5]
    assert carets.count("^") == line.count("a") == 160


def test_text_from_files_cannot_disturb_the_terminal() -> None:
    """Messages, help and paths are shown with escapes, on one line each."""
    shown = human(place("a", "a", "f\x1b[2J.yaml"), "a `\x1b[2J`\nb", help="c\rd")
    assert len(shown) == 6
    assert "".join(shown).isprintable()
    assert human("no\nfile") == ["error[SEL201]: it is wrong", " --> no\\nfile"]


def test_color_changes_no_text() -> None:
    """Without its color codes the colored form is the plain one."""
    found = Diagnostics()
    found.report(ERROR, place("ab", "b"), "it is wrong")
    found.report(WARNING, place("ab", "b"), "it is odd")
    colored = render_human(found, color=True)
    for code in ("\x1b[1;31m", "\x1b[1;33m", "\x1b[1m", "\x1b[0m"):
        assert code in colored
        colored = colored.replace(code, "")
    assert colored == render_human(found)


# For programs


def test_json_has_every_part() -> None:
    """The object holds what the documentation promises, with places from 1."""
    text = "a: 1\nb: yes\n"
    span = place(text, "yes")
    found = Diagnostics()
    found.report(
        WARNING,
        span,
        "m",
        help="h",
        related=[Related(place(text, "a"), "r")],
        fix=Fix(span, "true"),
    )
    assert json.loads(render_json(found)) == {
        "diagnostics": [
            {
                "code": "SEL202",
                "name": "odd",
                "severity": "warning",
                "message": "m",
                "file": "f.yaml",
                "line": 2,
                "column": 4,
                "end_line": 2,
                "end_column": 7,
                "help": "h",
                "related": [
                    {
                        "message": "r",
                        "file": "f.yaml",
                        "line": 1,
                        "column": 1,
                        "end_line": 1,
                        "end_column": 2,
                    }
                ],
                "fix": {
                    "file": "f.yaml",
                    "line": 2,
                    "column": 4,
                    "end_line": 2,
                    "end_column": 7,
                    "replacement": "true",
                },
            }
        ]
    }


def test_json_without_findings_and_without_places() -> None:
    """The object is there in any case; a finding about a whole file points to its start."""
    found = Diagnostics()
    assert json.loads(render_json(found)) == {"diagnostics": []}
    found.report(ERROR, "caf\udce9", "m")
    (one,) = json.loads(render_json(found))["diagnostics"]
    assert (one["file"], one["line"], one["column"]) == ("caf\udce9", 1, 1)
    assert (one["help"], one["related"], one["fix"]) == (None, [], None)
    assert render_json(found).isascii()


# Names that were perhaps meant


@pytest.mark.parametrize(
    ("name", "candidates", "meant"),
    [
        ("Taks2", ["Task1", "Task2", "Other"], "Task2"),
        ("max_retrys", {"max_retry": 1, "name": 2}, "max_retry"),
        ("xyz", ["Task1"], None),
        ("Task", [], None),
    ],
)
def test_similar_name_is_found(name: str, candidates: list[str], meant: str | None) -> None:
    """The most similar name is proposed, if any is similar."""
    assert did_you_mean(name, candidates) == meant


def test_proposal_does_not_depend_on_order() -> None:
    """Equally similar names lead to the same proposal in every order."""
    names = ["Task1", "Task3", "Task2", "Task4"]
    assert did_you_mean("Task9", names) == did_you_mean("Task9", reversed(names)) is not None


def test_endless_names_take_no_time() -> None:
    """Texts that cannot be names are not compared."""
    started = time.process_time()
    assert did_you_mean("ab" * 20_000, ["ba" * 20_000, "ab" * 19_999]) is None
    assert did_you_mean("ab", ["ba" * 20_000]) is None
    assert time.process_time() - started < 1
