"""The YAML reader: positions, what scalars mean, aliases, merges, limits and what is reported."""

from __future__ import annotations

import datetime
import re
import time

import pytest

from selinon_compiler.diagnostics import RULES, Diagnostic, Diagnostics, Rule
from selinon_compiler.frontend import codes
from selinon_compiler.frontend.nodes import BROKEN, Mapping, Node, Scalar, Sequence, data
from selinon_compiler.frontend.scalars import Meanings
from selinon_compiler.frontend.yaml_reader import Limits, compose
from selinon_compiler.source import SourceFile


def read(text: str, limits: Limits | None = None) -> tuple[Node | None, list[Diagnostic]]:
    """Return the root of a text and what is reported about it."""
    found = Diagnostics()
    root = compose(SourceFile("f.yaml", text), found, limits or Limits())
    return root, list(found)


def clean(text: str) -> Node:
    """Return the root of a text about which nothing is reported."""
    root, found = read(text)
    assert root is not None
    assert found == []
    return root


def value(text: str) -> object:
    """Return the data of a text about which nothing is reported."""
    return data(clean(text))


def reported(text: str, limits: Limits | None = None) -> list[tuple[str, str]]:
    """Return the code and the marked text of everything that is reported."""
    return [(one.rule.code, one.span.text if one.span else "") for one in read(text, limits)[1]]


def entry(root: Node | None, *path: object) -> Node:
    """Return the node that keys and indices lead to."""
    node = root
    for step in path:
        if isinstance(node, Sequence) and isinstance(step, int):
            node = node.value[step]
        else:
            assert isinstance(node, Mapping)
            node = node.value[step]
    assert node is not None
    return node


def shown(text: str, *path: object) -> str:
    """Return what the node at a path covers."""
    node = entry(clean(text), *path)
    return text[node.start : node.end]


# Positions


@pytest.mark.parametrize(
    ("text", "path", "marked"),
    [
        ("a:\n  b: 1\n  c: 2\n\n# comment\nd: 3\n", ["a"], "b: 1\n  c: 2"),
        ("a:\n- x\n- y\n\n\nd: 3\n", ["a"], "- x\n- y"),
        ("a:\n  - [x]   # comment\n\nd: 3\n", ["a"], "- [x]"),
        ("a: {b: 1, c: [2]}\n", ["a"], "{b: 1, c: [2]}"),
        ("a: {b: 1, c: [2]}\n", ["a", "c"], "[2]"),
        ("a: []\n", ["a"], "[]"),
        ("a: |\n  x\n\n\n# c\nb: 1\n", ["a"], "|\n  x"),
        ("a: >-\n  x\n  y\n", ["a"], ">-\n  x\n  y"),
        ("a: &here\n  b: 1\n", ["a"], "&here\n  b: 1"),
        ("a: &here 'b'\nc: 1", ["a"], "&here 'b'"),
        ("a: 'quoted'  # c\n", ["a"], "'quoted'"),
        ("a: two\n  lines\nb: 1\n", ["a"], "two\n  lines"),
        ("a:\nb: 1\n", ["a"], ""),
        ("[x: 1]", [0], "x: 1"),
        ("\u00e4\U0001f600: \U0001f600\n", ["\u00e4\U0001f600"], "\U0001f600"),
    ],
)
def test_node_covers_exactly_what_is_written(text: str, path: list[object], marked: str) -> None:
    """A node starts with its first character and ends with its last, blanks left out."""
    assert shown(text, *path) == marked


def test_whole_document_ends_with_its_last_value() -> None:
    """What follows the last value belongs to no node."""
    root = clean("a: 1\nb: 2  # c\n\n")
    assert (root.start, root.end) == (0, 9)


def test_value_knows_its_key() -> None:
    """A value's node carries the scalar that is its key, with its place."""
    node = entry(clean("a: 1\n'b c': 2\n"), "b c")
    assert node.key is not None
    assert (node.key.value, node.key.start, node.key.end) == ("b c", 5, 10)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_offsets_count_every_character_of_a_line_break(newline: str) -> None:
    """With CRLF a line break is two characters wide, and lines are the same."""
    text = newline.join(["a: 1", "b: [2,", "  x]", ""])
    file = SourceFile("f.yaml", text)
    node = entry(compose(file, Diagnostics()), "b", 1)
    assert text[node.start : node.end] == "x"
    assert file.position(node.start) == (3, 3)


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_line_is_what_editors_show(character: str) -> None:
    """Breaks that only the parser knows move no position."""
    text = f"a: 'x{character}y'\nb: z\n"
    file = SourceFile("f.yaml", text)
    node = entry(compose(file, Diagnostics()), "b")
    assert text[node.start : node.end] == "z"
    assert file.position(node.start) == (2, 4)


# What scalars mean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("12", 12),
        ("-12", -12),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", "1e3"),
        ("1.0e+3", 1000.0),
        ("y", "y"),
        ("n", "n"),
        ("0o7", "0o7"),
        ("09", "09"),
        ("=", "="),
        ("<<", "<<"),
        ("'yes'", "yes"),
        ('"010"', "010"),
        ("{NAME}", {"NAME": None}),
        ("2020-02-29", datetime.date(2020, 2, 29)),
        ("2020-02-29T10:00:00", datetime.datetime(2020, 2, 29, 10)),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!float 1", 1.0),
        ("!!binary aGk=", b"hi"),
        ("!!map {a: 1}", {"a": 1}),
        ("!!seq [a]", ["a"]),
    ],
)
def test_scalar_means_what_yaml_1_1_says(text: str, expected: object) -> None:
    """Honest spellings have their YAML 1.1 value, and nothing is reported about them."""
    found = value(f"a: {text}\n")
    assert found == {"a": expected}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected", "meant"),
    [
        ("yes", True, "true"),
        ("No", False, "false"),
        ("on", True, "true"),
        ("OFF", False, "false"),
        ("010", 8, "8"),
        ("0b11", 3, "3"),
        ("1_000", 1000, "1000"),
        ("1:30", 90, "90"),
        ("1:30.5", 90.5, "90.5"),
    ],
)
def test_look_alike_is_a_warning_with_a_fix(text: str, expected: object, meant: str) -> None:
    """A spelling with a value that few expect keeps it, and each occurrence is warned of."""
    root, found = read(f"a: {text}\nb: {text}\n")
    assert root is not None
    assert data(root) == {"a": expected, "b": expected}
    assert [(one.rule, one.span and one.span.line) for one in found] == [
        (codes.LOOK_ALIKE, 1),
        (codes.LOOK_ALIKE, 2),
    ]
    assert found[0].fix is not None
    assert found[0].fix.replacement == meant


def test_look_alike_is_found_in_every_file() -> None:
    """Meanings shared between files do not hide a look-alike in the second one."""
    found = Diagnostics()
    meanings: Meanings = {}
    for name in ("a.yaml", "b.yaml"):
        compose(SourceFile(name, "x: yes\n"), found, meanings=meanings)
    assert [one.path for one in found] == ["a.yaml", "b.yaml"]


def test_look_alike_key_is_reported() -> None:
    """`on` as a key is the boolean, and a surprise there, too."""
    root, found = read("on: 1\n")
    assert root is not None
    assert data(root) == {True: 1}
    assert [one.rule for one in found] == [codes.LOOK_ALIKE]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("2020-13-45", "2020-13-45"),
        ("0b_", "0b_"),
        ("9" * 4001, "9" * 4001),
        ("0x" + "f" * 3990, "0x" + "f" * 3990),
        ("!!int abc", "!!int abc"),
        ("!!int ''", "!!int ''"),
        ("!!float ''", "!!float ''"),
        ("!!bool maybe", "!!bool maybe"),
        ("!!timestamp now", "!!timestamp now"),
        ("!!int 0x" + "f" * 3990, "!!int 0x" + "f" * 3990),
    ],
)
def test_scalar_without_a_value_is_reported(text: str, marked: str) -> None:
    """What looks like a number or date and is none is an error; the rest of the document is read."""
    root, found = read(f"a: {text}\nb: 1\n")
    assert [(one.rule, one.span and one.span.text) for one in found] == [(codes.VALUE, marked)]
    assert root is not None
    assert entry(root, "a").value is BROKEN
    assert entry(root, "b").value == 1
    assert len(found[0].message) < 100


def test_number_of_4000_digits_is_read() -> None:
    """The bound lies where it is said to lie."""
    assert value("9" * 4000) == 10**4000 - 1


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object:os.system x",
        "!!python/name:os.system ''",
        "!mine x",
        "!!set {a: 1}",
        "!!omap [a: 1]",
        "!!map x",
        "!!seq {a: 1}",
        "!!map [a]",
        "!!str [a]",
    ],
)
def test_tag_is_refused(text: str) -> None:
    """Only tags of YAML's own types are read, and only where they fit."""
    assert [code for code, _ in reported(f"a: {text}\n")] == ["SEL004"]


def test_tag_with_broken_escapes_is_a_syntax_error() -> None:
    """A tag whose escapes are not UTF-8 is found, although the parser does not say where."""
    assert reported("a: !%41 b\n") == [("SEL004", "!%41 b")]
    assert reported("a: 5%\nb: [!%ED%A0%80 c]\n") == [("SEL001", "!%ED%A0%80")]


# Keys


def test_numbers_and_booleans_that_are_equal_are_one_key() -> None:
    """`1`, `1.0` and `true` are one key; the repetitions are remembered, the last value holds."""
    root = clean("1: a\n1.0: b\ntrue: c\n")
    assert isinstance(root, Mapping)
    assert data(root) == {1: "c"}
    assert [(new.value, old.value) for new, old in root.duplicates or ()] == [
        ("b", "a"),
        ("c", "b"),
    ]


def test_repeated_key_is_left_to_the_binder() -> None:
    """The reader reports no repetition, since the binder knows whether it may be tolerated."""
    root = clean("a: 1\nb: 2\na: 3\n")
    assert isinstance(root, Mapping)
    assert data(root) == {"a": 3, "b": 2}
    assert root.duplicates is not None
    (pair,) = root.duplicates
    assert [node.key and node.key.start for node in pair] == [10, 0]


@pytest.mark.parametrize("key", ["[x]", "{x: 1}", "? [x]\n"])
def test_key_that_is_a_collection_is_reported(key: str) -> None:
    """Such an entry stays under a key that says what it is."""
    root, found = read(f"{key}: a\nb: 1\n")
    assert [one.rule for one in found] == [codes.KEY]
    assert root is not None
    assert data(root) == {BROKEN: "a", "b": 1}


# Aliases and merges


def test_alias_keeps_both_places() -> None:
    """An alias stands at its place of use, and its origin at that of the definition."""
    text = "a: &x {b: 1}\nc: *x\n"
    root = clean(text)
    node = entry(root, "c")
    assert text[node.start : node.end] == "*x"
    assert node.origin is entry(root, "a")
    assert node.origin is not None
    assert text[node.origin.start : node.origin.end] == "&x {b: 1}"
    assert data(node) == {"b": 1}


def test_data_shares_nothing() -> None:
    """Who changes the data of one alias changes no other."""
    found = value("a: &x [1, {b: 2}]\nc: *x\n")
    assert isinstance(found, dict)
    found["a"][1]["b"] = 3
    assert found["c"] == [1, {"b": 2}]


def test_anchor_may_be_defined_again() -> None:
    """An alias means the latest definition above it."""
    assert value("a: &x 1\nb: *x\nc: &x 2\nd: *x\n") == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_scalar_alias_may_be_a_key() -> None:
    """A key may be written as an alias."""
    assert value("a: &x b\n*x : 1\n") == {"a": "b", "b": 1}


def test_every_unknown_alias_is_reported() -> None:
    """One run finds all of them, and reads the rest; what misses entries says so."""
    root, found = read("a: *x\nb: [*y]\n<<: *z\n? *w\n: 1\n")
    assert root is not None
    assert data(root) == {"a": BROKEN, "b": [BROKEN], BROKEN: 1}
    assert [one.span and one.span.text for one in found] == ["*x", "*y", "*z", "*w"]
    assert {one.rule for one in found} == {codes.ALIAS}


@pytest.mark.parametrize("text", ["&a [*a]", "&a {b: {c: *a}}", "x: &a\n  <<: *a\n"])
def test_alias_within_its_anchor_is_reported(text: str) -> None:
    """A value that would contain itself is refused, with the place where it starts."""
    _, found = read(text)
    assert [(one.rule, one.span and one.span.text) for one in found] == [(codes.ALIAS, "*a")]
    assert [related.span.start for related in found[0].related] == [text.index("&a")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n", [("b", 1), ("c", 3)]),
        ("a: &x {b: 1, c: 2}\nd:\n  c: 3\n  <<: *x\n", [("b", 1), ("c", 3)]),
        ("a: [&x {b: 1}, &y {b: 2, c: 2}]\nd:\n  <<: [*x, *y]\n", [("b", 1), ("c", 2)]),
        ("a: [&x {b: 1}, &y {b: 2, c: 2}]\nd:\n  <<: *x\n  <<: *y\n", [("b", 2), ("c", 2)]),
        ("d:\n  z: 0\n  <<: {b: 1}\n", [("b", 1), ("z", 0)]),
        ("d:\n  '<<': {b: 1}\n", [("<<", {"b": 1})]),
        ("d:\n  <<: []\n  b: 1\n", [("b", 1)]),
    ],
)
def test_merge_order(text: str, expected: list[tuple[str, object]]) -> None:
    """Own keys win wherever `<<` stands, of a list the earlier, of two `<<` the later."""
    found = value(text)
    assert isinstance(found, dict)
    if "[&x" in text and "[*x" in text:
        assert sorted(found["d"].items()) == expected
    else:
        assert list(found["d"].items()) == expected


def test_merged_key_keeps_both_places() -> None:
    """A merged value stays located where it is defined; the mapping knows by what it came."""
    text = "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n"
    node = entry(clean(text), "d")
    assert isinstance(node, Mapping)
    assert node.merged is not None
    assert {name: text[use.start : use.end] for name, use in node.merged.items()} == {"b": "*x"}
    assert text[node.value["b"].start : node.value["b"].end] == "1"


@pytest.mark.parametrize(
    ("text", "marked"),
    [("<<: 1\n", "1"), ("<<:\n", ""), ("<<: [{a: 1}, b]\n", "b"), ("<<: [[{a: 1}]]", "[{a: 1}]")],
)
def test_merge_of_something_else_is_reported(text: str, marked: str) -> None:
    """Only mappings and lists of them can be merged."""
    assert reported(text) == [("SEL012", marked)]


@pytest.mark.parametrize("text", ["a: 1\n" * 20_000, "a: &x {b: 1}\nc:\n" + "  <<: *x\n" * 20_000])
def test_repetition_takes_linear_time(text: str) -> None:
    """Thousands of equal keys, or of merges into one mapping, are read in a fraction of a second.

    With time that grows with the square, it would be several seconds.
    """
    started = time.process_time()
    clean(text)
    assert time.process_time() - started < 2


# Limits


def test_depth_limit() -> None:
    """A hundred levels are read, one more is refused where it opens."""
    assert reported("[" * 100 + "]" * 100) == []
    assert reported("[" * 101 + "]" * 101) == [("SEL006", "[")]


def test_thirty_thousand_brackets_are_refused() -> None:
    """What makes recursive composers crash is a diagnostic."""
    assert reported("[" * 30_000) == [("SEL006", "[")]


def test_depth_counts_what_aliases_stand_for() -> None:
    """Aliases cannot build a tree that is deeper than the limit, so walks may recurse."""
    lines = ["a0: &a0 x"]
    lines += [f"a{i}: &a{i} [[[[*a{i - 1}]]]]" for i in range(1, 40)]
    found = reported("\n".join(lines))
    assert [code for code, _ in found] == ["SEL006"]
    assert found[0][1] == "*a24"


def bomb(line: str, last: int) -> str:
    """Return lines each of which refers several times to the one before."""
    return "\n".join(["a0: &a0 {k0: v}", *(line.format(i, i - 1) for i in range(1, last))])


@pytest.mark.parametrize(
    "line",
    [
        "a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}]",
        "a{0}: &a{0} {{<<: [*a{1}, *a{1}, *a{1}, *a{1}], k{0}: v}}",
        "a{0}: &a{0} {{b: *a{1}, c: *a{1}, d: *a{1}, e: *a{1}}}",
    ],
)
def test_bomb_is_refused_quickly(line: str) -> None:
    """Aliases that multiply are refused by a budget, before anything is expanded."""
    started = time.process_time()
    found = reported(bomb(line, 40))
    assert [code for code, _ in found] == ["SEL006"]
    assert time.process_time() - started < 1


def test_honest_reuse_is_no_bomb() -> None:
    """Ten thousand aliases of a small mapping are far within the budget."""
    text = "a: &a {b: [1, 2, 3]}\nc:\n" + "  - *a\n" * 10_000
    assert isinstance(clean(text), Mapping)


def test_budget_is_exact() -> None:
    """The budget counts nodes with aliases expanded: here 1 + 2 keys + 2 lists + 2 entries."""
    text = "a: &a [x]\nb: *a\n"
    assert reported(text, Limits(nodes=7)) == []
    assert reported(text, Limits(nodes=6)) == [("SEL006", "*a")]


# Texts that are not YAML


def test_empty_texts_hold_nothing() -> None:
    """Without a document there is no node, and that is no error here."""
    for text in ("", "\n\n", "# comment\n"):
        assert read(text) == (None, [])


def test_empty_document_is_null() -> None:
    """A document that is marked but empty is the null value."""
    assert clean("---\n").value is None


@pytest.mark.parametrize("separator", ["---\n", "...\n---\n", "---\n---\n"])
def test_several_documents(separator: str) -> None:
    """Only one document is read; the second one is an error where it starts."""
    assert [code for code, _ in reported(f"a: 1\n{separator}b: 2\n")] == ["SEL008"]


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("a: \x07", 3),
        ("\u00e4\u00e4: 'x\x00y'", 6),
        ("a: \x85\u2028 \x9f", 6),
        ("\U0001f600: \ufffe", 3),
        ("a: \ud800", 3),
        ("\u00e4: \udc80b", 3),
        ("\ufeffa: 1", 0),
    ],
)
def test_forbidden_character_is_located(text: str, offset: int) -> None:
    """The place is that of the character, in code points, whatever the parser counts."""
    _, found = read(text)
    assert [one.rule for one in found] == [codes.CHARACTER]
    assert found[0].span is not None
    assert (found[0].span.start, found[0].span.end) == (offset, offset + 1)
    assert f"U+{ord(text[offset]):04X}" in found[0].message


@pytest.mark.parametrize(
    ("text", "line", "help"),
    [
        ("a: 1\nqueue: {NAME}_queue\nb: 1\n", 2, "{NAME}"),
        ("- {NAME}_queue\n- b\n", 1, "{NAME}"),
        ("a: [b, {NAME}_queue]\n", 1, "{NAME}"),
        ("a:\n\tb: 1\n", 2, "tabs"),
        ("a: b: c\n", 1, "`: `"),
        ("a: @b\n", 1, "quoted"),
        ("a: [b\n", 2, None),
        ("a: 'b\n", 2, None),
        ("a: 1\n b: 2\n", 2, "`: `"),
    ],
)
def test_syntax_error_is_located_and_explained(text: str, line: int, help: str | None) -> None:
    """A syntax error says where, and for the common slips what to do."""
    root, found = read(text)
    assert root is None
    assert [(one.rule, one.span and one.span.line) for one in found] == [(codes.SYNTAX, line)]
    assert (found[0].help is None) if help is None else (help in (found[0].help or ""))


def test_syntax_error_names_what_was_being_read() -> None:
    """An unclosed bracket is noted where it opens, far from where the text ends."""
    _, (found,) = read("a: [b\nc: d\n")
    assert [(one.message, one.span.column) for one in found.related] == [
        ("while parsing a flow sequence", 4)
    ]


# The documentation of the codes

_EXECUTED = [
    rule
    for rule in RULES.values()
    if rule.code < "SEL1"
    and rule.examples()
    and rule not in (codes.REPEATED_KEY, codes.CONTRADICTING_KEY)
]


@pytest.mark.parametrize("rule", _EXECUTED, ids=lambda rule: rule.code)
def test_examples_report_what_their_comments_say(rule: Rule) -> None:
    """Every example is reported at the marked line and nowhere else; the alternative is clean."""
    wrong, right = rule.examples()
    marks = {
        (number, mark[1], mark[2])
        for number, line in enumerate(wrong.splitlines(), 1)
        for mark in re.finditer(r"# (error|warning): (SEL\d{3})", line)
    }
    found = {
        (one.span and one.span.line, one.severity.value, one.rule.code) for one in read(wrong)[1]
    }
    assert found == marks
    assert marks
    assert read(right)[1] == []
    assert isinstance(read(right)[0], Mapping)


def test_nodes_are_of_three_kinds() -> None:
    """A tree holds scalars, sequences and mappings, which know their children."""
    root = clean("a: [1]\n")
    assert isinstance(root, Mapping)
    (listed,) = root.children()
    assert isinstance(listed, Sequence)
    (one,) = listed.children()
    assert isinstance(one, Scalar)
    assert list(one.children()) == []
