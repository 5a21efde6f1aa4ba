"""From located nodes to declarations: what each way of writing means, and what is reported about the rest."""

from __future__ import annotations

import datetime

import pytest

from selinon_compiler.diagnostics import Diagnostic, Diagnostics, Severity
from selinon_compiler.frontend.binder import Losses, S, bind
from selinon_compiler.frontend.yaml_reader import compose
from selinon_compiler.language import (
    SECTIONS,
    AndDecl,
    ConditionDecl,
    EdgeDecl,
    FailureDecl,
    FlowDecl,
    FlowFileDecl,
    GlobalDecl,
    LeafDecl,
    NodesFileDecl,
    NotDecl,
    OrDecl,
    StorageDecl,
    TaskDecl,
)
from selinon_compiler.language.table import Key, Section
from selinon_compiler.source import SourceFile


def read(
    cls: type[S], text: str, *, open_top: bool = False, losses: Losses | None = None
) -> tuple[S | None, list[Diagnostic]]:
    """Return the section that a text holds, and what is reported about it."""
    found = Diagnostics()
    file = SourceFile("f.yaml", text)
    bound = bind(cls, file, compose(file, found), found, open_top=open_top, losses=losses)
    return bound, list(found)


def clean(cls: type[S], text: str) -> S:
    """Return the section that a text holds, about which nothing is reported."""
    bound, found = read(cls, text)
    assert found == []
    assert bound is not None
    return bound


def reported(cls: type[S], text: str) -> list[tuple[str, str]]:
    """Return code and marked text of everything that is reported about a text."""
    return [(one.rule.code, one.span.text if one.span else "") for one in read(cls, text)[1]]


def names(labels: object) -> object:
    """Return the texts of a list of located names, or the boolean that stands in its place."""
    if isinstance(labels, bool):
        return labels
    assert isinstance(labels, tuple)
    return [label.value for label in labels]


# --- sugar


@pytest.mark.parametrize("written", ["", "null", "~", "''", "[]"])
def test_an_edge_without_sources(written: str) -> None:
    """There are five ways to write that an edge has no sources; `from` must be there in all of them."""
    assert clean(EdgeDecl, f"{{from: {written}, to: A}}").from_ == ()


def test_one_name_is_a_list_of_one() -> None:
    """Where a list of names belongs, one name will do."""
    edge = clean(EdgeDecl, "{from: A, to: B}")
    assert (names(edge.from_), names(edge.to)) == (["A"], ["B"])
    flow = clean(FlowDecl, "{name: f, edges: [{from: , to: A}], nowait: A, eager_failures: B}")
    assert (names(flow.nowait), names(flow.eager_failures)) == (["A"], ["B"])


def test_repeated_destinations_stay() -> None:
    """A destination counts as often as it is written."""
    assert names(clean(EdgeDecl, "{from: , to: [A, B, A]}").to) == ["A", "B", "A"]


def test_one_failure_needs_no_list() -> None:
    """The failures of a flow may be a single mapping; edges may not."""
    text = "{name: f, edges: [{from: , to: A}], failures: {nodes: A, fallback: B}}"
    (failure,) = clean(FlowDecl, text).failures
    assert (names(failure.nodes), names(failure.fallback)) == (["A"], ["B"])
    assert reported(FlowDecl, "{name: f, edges: {from: , to: A}}") == [
        ("SEL101", "{from: , to: A}")
    ]


@pytest.mark.parametrize("written", ["true", "[]"])
def test_a_forgiven_failure(written: str) -> None:
    """`true` and an empty list both mean that nothing is started."""
    assert clean(FailureDecl, f"{{nodes: A, fallback: {written}}}").fallback == ()


@pytest.mark.parametrize("written", ["false", "null", "1", "{A: B}"])
def test_other_fallbacks(written: str) -> None:
    """A fallback that is neither `true` nor names is refused: it is not clear what would be wanted."""
    assert reported(FailureDecl, f"{{nodes: A, fallback: {written}}}") == [("SEL101", written)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("true", True), ("false", False), ("a", ["a"]), ("[a, b]", ["a", "b"]), ("[]", [])],
)
def test_chosen_nodes(written: str, expected: object) -> None:
    """`propagate_*` takes a boolean, a name or a list of names."""
    text = f"{{name: f, edges: [{{from: , to: A}}], propagate_parent: {written}}}"
    assert names(clean(FlowDecl, text).propagate_parent) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", True),
        ("false", False),
        ("[{logging: true}, {json: true}]", [(True, False), (False, True)]),
        ("{logging: true, json: true}", [(True, True)]),
        ("[]", []),
    ],
)
def test_trace(written: str, expected: object) -> None:
    """The trace is a boolean, a list of places or one place."""
    trace = clean(GlobalDecl, f"trace: {written}").trace
    shown = trace if isinstance(trace, bool) else [(sink.logging, sink.json) for sink in trace]
    assert shown == expected


def test_the_older_form_of_the_trace() -> None:
    """`import` and `function` right below `trace` mean one function."""
    trace = clean(GlobalDecl, "trace: {import: m, function: f}").trace
    assert isinstance(trace, tuple)
    assert [(sink.function.import_, sink.function.name) for sink in trace if sink.function] == [
        ("m", "f")
    ]


# --- conditions


def shape(condition: ConditionDecl | None) -> object:
    """Return a condition as nested tuples."""
    match condition:
        case LeafDecl():
            return condition.name.value
        case NotDecl(operand=operand):
            return "not", shape(operand)
        case AndDecl(operands=operands):
            return "and", *map(shape, operands)
        case OrDecl(operands=operands):
            return "or", *map(shape, operands)
        case None:
            return None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{name: p}", "p"),
        ("{and: [{name: p}]}", ("and", "p")),
        ("{or: [{name: p}]}", ("or", "p")),
        ("{not: {name: p}}", ("not", "p")),
        (
            "{or: [{and: [{name: p}, {not: {name: q}}]}, {name: r}]}",
            ("or", ("and", "p", ("not", "q")), "r"),
        ),
    ],
)
def test_conditions(written: str, expected: object) -> None:
    """Conditions nest; one operand is enough for `and` and `or`."""
    assert shape(clean(EdgeDecl, f"{{from: A, to: B, condition: {written}}}").condition) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("null", [("SEL101", "null")]),
        ("{}", [("SEL104", "{}")]),
        ("[{name: p}]", [("SEL101", "[{name: p}]")]),
        ("{and: []}", [("SEL104", "[]")]),
        ("{and: {name: p}}", [("SEL101", "{name: p}")]),
        ("{not: [{name: p}]}", [("SEL101", "[{name: p}]")]),
        ("{not: {name: p}, or: [{name: q}]}", [("SEL102", "not")]),
        ("{name: p, and: [{name: q}]}", [("SEL102", "and")]),
        ("{nmae: p}", [("SEL102", "nmae")]),
        ("{args: {a: 1}}", [("SEL103", "{args: {a: 1}}")]),
        ("{or: [{}, {name: 1}, {not: p}]}", [("SEL104", "{}"), ("SEL101", "1"), ("SEL101", "p")]),
        ("{name: p, args: [1]}", [("SEL101", "[1]")]),
        ("{name: p, args: {1: 2}}", [("SEL101", "1")]),
    ],
)
def test_mistaken_conditions(written: str, expected: list[tuple[str, str]]) -> None:
    """Every mistake in a condition is reported once, at its place; the rest of the condition is looked at, too."""
    assert reported(EdgeDecl, f"{{from: A, to: B, condition: {written}}}") == expected


# --- nothing means the default


def test_null_is_the_default() -> None:
    """A key that has a default may be left empty wherever the language allows that, and means the default then."""
    for cls in SECTIONS.values():
        for key in cls.keys:
            if key.required or not key.nullable:
                continue
            text = "".join(f"{k.name}: {required(cls, k)}\n" for k in cls.keys if k.required)
            bound = clean(cls, f"{text}{key.name}:\n")
            assert getattr(bound, key.field) == key.default, (cls.path, key.name)


def test_null_is_a_mistake_where_something_is_required() -> None:
    """A required key that is left empty is reported, unless nothing is what it asks for, as with `from`."""
    for cls in SECTIONS.values():
        for key in cls.keys:
            if not key.required or key.name == "from":
                continue
            text = "".join(
                f"{k.name}: {'' if k is key else required(cls, k)}\n"
                for k in cls.keys
                if k.required
            )
            assert reported(cls, text)[:1] == [("SEL101", "")], (cls.path, key.name)


REQUIRED_VALUES = {
    "name": "a",
    "import": "m",
    "function": "f",
    "dsn": "d",
    "nodes": "[A]",
    "fallback": "true",
    "from": "",
    "to": "A",
    "edges": "[{from: , to: A}]",
    "tasks": "[]",
    "flows": "[]",
    "flow-definitions": "[]",
}
"""A value for every key that some section requires."""


def required(cls: type[Section], key: Key) -> str:
    """Return a value for a key that a section requires."""
    return "[A]" if (cls.path, key.name) == ("selective", "tasks") else REQUIRED_VALUES[key.name]


@pytest.mark.parametrize(
    ("cls", "text"),
    [
        (EdgeDecl, "{from: , to: A, condition: null}"),
        (EdgeDecl, "{from: , to: A, foreach: null}"),
        (TaskDecl, "{name: A, import: m, cache: null}"),
        (StorageDecl, "{name: A, import: m, cache: null}"),
        (GlobalDecl, "{trace: null}"),
    ],
)
def test_null_where_it_would_mislead(cls: type[EdgeDecl], text: str) -> None:
    """An empty condition, `foreach`, cache or trace looks like a forgotten one, and is refused."""
    assert reported(cls, text) == [("SEL101", "null")]


# --- spellings


def test_spellings() -> None:
    """A key with several spellings is read under each of them; stated under several, the last one holds."""
    for written in ("storage_readonly", "storage_read_only"):
        assert clean(TaskDecl, f"{{name: A, import: m, {written}: true}}").storage_readonly
    for written in ("name", "function"):
        text = f"{{name: A, import: m, selective_run_function: {{{written}: f}}}}"
        function = clean(TaskDecl, text).selective_run_function
        assert function is not None
        assert (function.import_, function.name) == ("selinon.routines", "f")


# --- unknown, missing and repeated keys


def test_unknown_keys() -> None:
    """An unknown key is an error with the similar key named, and keeps nothing else from being read."""
    bound, (found,) = read(TaskDecl, "{name: A, import: m, max_retires: 3, max_retry: 2}")
    assert bound is not None
    assert bound.max_retry == 2
    assert (found.severity, found.rule.code) == (Severity.ERROR, "SEL102")
    assert found.message == "unknown key `max_retires` in `tasks[]`"
    assert found.help == "a key with a similar name exists: `max_retry`"


def test_an_unknown_key_without_similar_ones() -> None:
    """No key is offered when none is similar."""
    _, (found,) = read(TaskDecl, "{name: A, import: m, zzz: 3}")
    assert found.help is None


def test_a_key_that_is_no_string() -> None:
    """A number for a key is reported as such."""
    _, (found,) = read(TaskDecl, "{name: A, import: m, 1: 3}")
    assert (found.rule.code, found.message) == ("SEL102", "a key must be a string")


def test_unknown_sections_of_a_nodes_file_are_warned_of() -> None:
    """What a nodes file holds besides its sections may be anchors for others."""
    _, (found,) = read(NodesFileDecl, "{tasks: [], flows: [], x-common: 1}")
    assert (found.severity, found.rule.code) == (Severity.WARNING, "SEL102")


def test_other_keys_of_a_flow_file_belong_to_others() -> None:
    """With an open top, nothing is said about keys beside those of the section, repeated ones included."""
    text = "{flow-definitions: [], tasks: 1, x: {a: 1, a: 2}, x: 3}"
    bound, found = read(FlowFileDecl, text, open_top=True)
    assert found == []
    assert bound is not None
    assert bound.flow_definitions == ()


def test_missing_keys() -> None:
    """Missing keys are reported together, at the beginning of the section; without them, there is no section."""
    losses = Losses()
    bound, found = read(EdgeDecl, "{condition: {name: p}}", losses=losses)
    assert bound is None
    assert losses.parts == {"edges[]"}
    assert [one.message for one in found] == [
        "missing keys `from`, `to` in `edges[]`",
    ]
    assert reported(EdgeDecl, "{}") == [("SEL103", "{")]


def test_a_repeated_key() -> None:
    """A key repeated with the same value is warned of; with another value it is an error; the first one is shown."""
    _, (found,) = read(TaskDecl, "{name: A, import: m, max_retry: 1, max_retry: 1}")
    assert (found.severity, found.rule.code) == (Severity.WARNING, "SEL010")
    _, (found,) = read(TaskDecl, "{name: A, import: m, max_retry: 1, max_retry: 2}")
    assert (found.severity, found.rule.code) == (Severity.ERROR, "SEL011")
    (first,) = found.related
    assert found.span is not None
    assert first.span.start < found.span.start


@pytest.mark.parametrize(
    ("cls", "text"),
    [
        (StorageDecl, "{name: A, import: m, configuration: {a: 1, a: 2}}"),
        (StorageDecl, "{name: A, import: m, configuration: [{b: {a: 1, a: 2}}]}"),
        (StorageDecl, "{name: A, import: m, cache: {configuration: {a: 1, a: 2}}}"),
    ],
)
def test_repeated_keys_in_configurations(cls: type[StorageDecl], text: str) -> None:
    """In what a storage or cache is configured with, a repeated key is only warned of, at any depth."""
    _, (found,) = read(cls, text)
    assert (found.severity, found.rule.code) == (Severity.WARNING, "SEL010")
    assert found.help == "the last one holds"


def test_repeated_keys_in_arguments() -> None:
    """In the arguments of a predicate, a repeated key is a mistake at any depth."""
    text = "{from: , to: A, condition: {name: p, args: {a: {x: 1, x: 2}}}}"
    assert reported(EdgeDecl, text) == [("SEL011", "x")]


# --- each mistake once


@pytest.mark.parametrize(
    ("cls", "text", "expected"),
    [
        (TaskDecl, "{name: A, import: m, max_retry: true}", [("SEL101", "true")]),
        (TaskDecl, "{name: A, import: m, max_retry: 1.0}", [("SEL101", "1.0")]),
        (TaskDecl, "{name: A, import: m, max_retry: -1}", [("SEL104", "-1")]),
        (TaskDecl, "{name: A, import: m, storage_readonly: 1}", [("SEL101", "1")]),
        (TaskDecl, "{name: A, import: ''}", [("SEL104", "''")]),
        (TaskDecl, "{name: a-b, import: m}", [("SEL105", "a-b")]),
        (TaskDecl, "{name: 1, import: 2}", [("SEL101", "1"), ("SEL101", "2")]),
        (TaskDecl, "{name: A, import: m, queue: '{'}", [("SEL801", "'{'")]),
        (TaskDecl, "{name: A, import: m, throttling: {days: -1}}", [("SEL104", "-1")]),
        (TaskDecl, "{name: A, import: m, throttling: {days: .nan}}", [("SEL104", ".nan")]),
        (TaskDecl, "{name: A, import: m, throttling: {dasy: 1}}", [("SEL102", "dasy")]),
        (TaskDecl, "[1]", [("SEL101", "[1]")]),
        (
            EdgeDecl,
            "{from: [A, '', 1], to: []}",
            [("SEL104", "''"), ("SEL101", "1"), ("SEL104", "[]")],
        ),
        (EdgeDecl, "{from: A, to: {B: C}}", [("SEL101", "{B: C}")]),
        (FlowDecl, "{name: f, edges: []}", [("SEL104", "[]")]),
        (FlowDecl, "{name: f, edges: [1, {from: }]}", [("SEL101", "1"), ("SEL103", "from")]),
        (NodesFileDecl, "{tasks: {}, flows: f}", [("SEL101", "{}"), ("SEL101", "f")]),
        (
            NodesFileDecl,
            "{tasks: [1, {name: A}], flows: [a b]}",
            [("SEL101", "1"), ("SEL103", "name"), ("SEL105", "a b")],
        ),
    ],
)
def test_every_mistake_once(
    cls: type[TaskDecl], text: str, expected: list[tuple[str, str]]
) -> None:
    """A mistake is reported once, where it is; those beside it are reported as well."""
    assert reported(cls, text) == expected


def test_what_cannot_be_read_is_left_out() -> None:
    """A mistaken optional value becomes the default, a mistaken entry of a list is left out, and losses are counted."""
    losses = Losses()
    text = "{tasks: [{name: A, import: m, storage: 1}, {name: B}], flows: [f, 1]}"
    bound, found = read(NodesFileDecl, text, losses=losses)
    assert [one.rule.code for one in found] == ["SEL101", "SEL103", "SEL101"]
    assert bound is not None
    assert [(task.name.value, task.storage) for task in bound.tasks] == [("A", None)]
    assert names(bound.flows) == ["f"]
    assert losses.parts == {"tasks[].storage", "nodes file.flows"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("tasks: [{import: m}], flows: []", {"tasks[]"}),
        ("tasks: [{name: A}], flows: []", set()),
        ("tasks: [{name: A, import: m, max_retry: x}], flows: []", {"tasks[].max_retry"}),
        ("tasks: [{name: A, import: m, max_rety: 1}], flows: []", {"tasks[].max_retry"}),
        ("tasks: [{name: A, import: m, zzz: 1}], flows: []", set()),
        ("tasks: 5, flows: []", {"nodes file.tasks"}),
        ("tasks: [], storages: {}", {"nodes file.flows", "nodes file.storages"}),
        ("tasks: [], tasks: [5], flows: []", {"tasks[]", "nodes file.tasks"}),
        ("tasks: [], flows: [a, *b]", {"nodes file.flows"}),
        ("tasks: [], flows: [], storages: [{name: S, import: *a}]", set()),
        (
            "tasks: [], flows: [], global: {trace: [{storage: {name: 1}}]}",
            {"trace storage", "trace[].storage"},
        ),
    ],
)
def test_losses(text: str, parts: set[str]) -> None:
    """What is lost is a section, or the value of one key; an entry that is left out, but has a name, is none."""
    losses = Losses()
    bound, found = read(NodesFileDecl, f"{{{text}}}", losses=losses)
    assert bound is not None
    assert len(found) >= 1
    assert losses.parts == parts


def test_a_mistake_below_an_anchor_is_one_mistake() -> None:
    """What is merged into several sections is reported once, where it is written."""
    text = (
        "tasks:\n"
        "- &a {name: A, import: m, max_retry: x, zzz: 1}\n"
        "- {<<: *a, name: B}\n"
        "- {<<: *a, name: C, max_retry: 1}\n"
        "flows: []\n"
    )
    assert reported(NodesFileDecl, text) == [("SEL101", "x"), ("SEL102", "zzz")]


# --- data and places


def test_configurations_are_plain_data() -> None:
    """What a storage is configured with comes out as Python values, whatever they are; aliases share nothing."""
    text = "{name: A, import: m, configuration: {a: &x [1], b: *x, c: 2020-01-02, d: {1: null}, e: !!binary AA==}}"
    found = clean(StorageDecl, text).configuration
    assert found == {
        "a": [1],
        "b": [1],
        "c": datetime.date(2020, 1, 2),
        "d": {1: None},
        "e": b"\0",
    }
    assert found["a"] is not found["b"]


@pytest.mark.parametrize("written", ["text", "[1, 2]", "3"])
def test_configurations_need_not_be_mappings(written: str) -> None:
    """Anything else than a mapping is the only argument of the adapter."""
    assert clean(StorageDecl, f"{{name: A, import: m, configuration: {written}}}").configuration


def test_sections_know_their_places() -> None:
    """A section can tell where it, and the value of each stated key, stands."""
    text = "tasks: []\nflows: [one,\n  two]\n"
    bound = clean(NodesFileDecl, text)
    assert bound.span.text == text.rstrip()
    assert bound.span_of("flows").text == "[one,\n  two]"
    assert bound.span_of("storages", "tasks").text == "[]"
    assert bound.span_of("storages") == bound.span
    assert bound.span_of_node(bound.flows[1]).line == 3
    assert (bound.states("flows"), bound.states("storages")) == (True, False)
