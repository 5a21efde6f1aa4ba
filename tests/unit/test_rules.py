"""The rules on small configurations: what their examples leave out, and what they must keep silent about."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from selinon import caches
from selinon_compiler.diagnostics import RULES, Diagnostic
from selinon_compiler.driver import compile_files
from selinon_compiler.passes.modules import Modules
from selinon_compiler.rules import load
from selinon_compiler.rules.unknown_cache import CACHES

Check = Callable[..., list[Diagnostic]]

NODES = """
tasks:
  - {name: Load, import: myapp.tasks, storage: Memory}
  - {name: Send, import: myapp.tasks}
  - {name: Clean, import: myapp.tasks}
storages:
  - {name: Memory, import: selinon.storages.memory, classname: InMemoryStorage}
flows: [daily, report]
flow-definitions:
  - name: report
    edges:
      - {from: , to: [Load, Send, Clean]}
"""
"""Three tasks, the first of them with a storage, and a flow that runs them all; `daily` is still to be defined."""


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Return a function that checks a configuration and returns what is found, missing modules apart.

    It takes the text of a file that is nodes file and flow file at once, and the texts of modules by name.
    """

    def run(text: str, *, keep: tuple[str, ...] = (), **modules: str) -> list[Diagnostic]:
        path = tmp_path / "flows.yaml"
        path.write_text(text)
        for name, content in modules.items():
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(content))
        found = compile_files(
            str(path), [str(path)], modules=Modules([str(tmp_path), *sys.path])
        ).diagnostics
        return [one for one in found if one.rule.code != "SEL210" or "SEL210" in keep]

    return run


def daily(body: str) -> str:
    """Return a configuration in which the flow `daily` has this body."""
    return (
        NODES
        + "  - name: daily\n"
        + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
        + "\n"
    )


def shown(found: list[Diagnostic]) -> list[tuple[str, str]]:
    """Return code and quoted text of what was found."""
    return [(one.rule.code, one.span.text if one.span else "") for one in found]


def test_a_rule_is_named_like_its_file() -> None:
    """Every module of the package declares exactly the rule that it is named after."""
    modules = load()
    assert set(modules) <= {rule.name.replace("-", "_") for rule in RULES.values()}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("edges: [{from: Laod, to: Send}, {from: , to: Load}]", [("SEL201", "Laod")]),
        (
            "edges: [{from: , to: Load}]\nfailures: {nodes: Lod, fallback: true}",
            [("SEL201", "Lod")],
        ),
        (
            "edges: [{from: , to: Load}]\nfailures: {nodes: Load, fallback: Cleen}",
            [("SEL201", "Cleen")],
        ),
        ("edges: [{from: , to: Load}]\nnowait: [Sent]", [("SEL201", "Sent")]),
        ("edges: [{from: , to: Load}]\neager_failures: Sent", [("SEL201", "Sent")]),
        ("edges: [{from: , to: Load}]\npropagate_parent: [weekly]", [("SEL201", "weekly")]),
        ("edges: [{from: , to: Load}]\npropagate_finished: [weekly]", [("SEL201", "weekly")]),
    ],
)
def test_an_unknown_name_is_one_diagnostic(
    check: Check, body: str, expected: list[tuple[str, str]]
) -> None:
    """Wherever a name that refers to nothing stands, it is reported there, and nothing follows from it."""
    assert shown(check(daily(body))) == expected


def test_a_similar_name_is_offered_with_its_place(check: Check) -> None:
    """The help of an unknown name shows the name that was meant, and where that is declared."""
    (found,) = check(daily("edges: [{from: , to: Laod}]"))
    assert found.help == "a task with a similar name exists: `Load`"
    assert [related.span.text for related in found.related] == ["Load"]


def test_uses_of_an_unreadable_task_are_not_unknown(check: Check) -> None:
    """A task with a mistake in its declaration is reported for that, and not where flows use it."""
    text = daily("edges: [{from: , to: Load}]").replace(
        "{name: Send, import: myapp.tasks}", "{name: Send}"
    )
    assert [one.rule.code for one in check(text)] == ["SEL103"]


def test_an_unreadable_edge_has_no_consequences(check: Check) -> None:
    """Where an edge could not be read, nodes do not count as never started, nor tasks as unused."""
    text = daily("edges: [{to: Load}, {from: Load, to: Send}]")
    assert [one.rule.code for one in check(text)] == ["SEL103"]


def test_an_unreadable_definition_is_not_missing(check: Check) -> None:
    """A flow whose definition could not be read does not count as undefined."""
    assert [one.rule.code for one in check(daily("edges:"))] == ["SEL101"]


def test_a_task_and_a_flow_of_one_name(check: Check) -> None:
    """A name is shared by a task and a flow: the later place is reported, the earlier one related."""
    text = daily("edges: [{from: , to: Load}]").replace("[daily, report]", "[daily, report, Load]")
    first = next(one for one in check(text) if one.rule.code == "SEL202")
    assert first.message == "`Load` is the name of a task and of a flow"
    assert first.span is not None
    assert first.related[0].span.start < first.span.start


def test_a_flow_listed_twice(check: Check) -> None:
    """A repeated entry under `flows` is reported once, where it is repeated."""
    text = daily("edges: [{from: , to: Load}]").replace("[daily, report]", "[daily, report, daily]")
    assert shown(check(text)) == [("SEL202", "daily")]


def test_a_misspelt_flow_in_the_list_is_one_diagnostic(check: Check) -> None:
    """A listed name that is nearly that of an unlisted definition is reported, the definition is not."""
    text = daily("edges: [{from: , to: Load}]").replace("[daily, report]", "[dayly, report]")
    (found,) = check(text)
    assert (found.rule.code, found.help) == (
        "SEL205",
        "a flow with a similar name is defined, but not listed: `daily`",
    )


def test_an_unknown_storage_of_the_trace(check: Check) -> None:
    """Storages named for tracing must be declared, too."""
    text = "global: {trace: [{storage: {name: Memroy}}]}\n" + daily("edges: [{from: , to: Load}]")
    assert shown(check(text)) == [("SEL204", "Memroy")]


def test_a_storage_of_the_trace_is_used(check: Check) -> None:
    """A storage that only the trace writes to does not count as unused."""
    text = daily("edges: [{from: , to: Load}]").replace("storage: Memory}", "}")
    assert shown(check(text)) == [("SEL802", "Memory")]
    assert check("global: {trace: [{storage: {name: Memory}}]}\n" + text) == []


def test_aliases_of_a_flow_share_a_mistake(check: Check) -> None:
    """What is wrong in a flow that another one merges is reported once, at its one place."""
    text = NODES.replace("- name: report", "- &report\n    name: report").replace(
        "to: [Load,", "to: [Laod,"
    )
    found = check(text + "  - <<: *report\n    name: daily\n")
    assert shown(found) == [("SEL201", "Laod")]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("edges: [{from: , to: Load}, {from: , to: Send}]", "it has several starting edges"),
        ("edges: [{from: , to: [Load, Load]}]", "its starting edge has several destinations"),
        ("edges: [{from: , to: report}]", "it starts with the flow `report`"),
        ("edges: [{from: , to: Send}]", "`Send` has no storage"),
        (
            "edges: [{from: , to: Load, foreach: {import: myapp.items, function: every}}]",
            "its starting edge has a `foreach`",
        ),
    ],
)
def test_node_args_from_first_needs_one_first_task(check: Check, body: str, what: str) -> None:
    """Each way in which a first result is missing or ambiguous is told, at the key that asks for it."""
    (found,) = check(daily(f"node_args_from_first: true\n{body}"))
    assert found.rule.code == "SEL307"
    assert found.message.endswith(what)
    assert found.span is not None
    assert found.span.text == "true"


def test_node_args_from_first_needs_a_writable_storage(check: Check) -> None:
    """A task that only reads from its storage leaves no result to take arguments from."""
    text = daily("node_args_from_first: true\nedges: [{from: , to: Load}]")
    readonly = text.replace("storage: Memory}", "storage: Memory, storage_readonly: true}")
    assert check(text) == []
    assert [one.rule.code for one in check(readonly)] == ["SEL307"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("edges: [{from: , to: Load}]\neager_failures: Send", [("SEL306", "Send")]),
        (
            "edges: [{from: , to: Load}]\nfailures: {nodes: Load, fallback: Clean}\neager_failures: Load",
            [("SEL306", "Load")],
        ),
        ("edges: [{from: , to: Load}]\neager_failures: true", []),
        (
            "edges: [{from: , to: Load}]\nfailures: {nodes: Load, fallback: Send}\nnowait: Load",
            [("SEL304", "Load")],
        ),
        ("edges: [{from: , to: Load}]\nfailures: {nodes: Load, fallback: Send}\nnowait: Send", []),
        ("edges: [{from: , to: Load}, {from: report, to: Send}]", [("SEL303", "report")]),
        (
            "edges: [{from: , to: Load}]\nfailures: {nodes: Send, fallback: Clean}",
            [("SEL303", "Send")],
        ),
        (
            "edges: [{from: , to: Load}, {from: Clean, to: Send}]\nfailures: {nodes: Load, fallback: Clean}",
            [],
        ),
        ("edges: [{from: , to: Load}]\nfailures: {nodes: [Load, Load], fallback: Load}", None),
        ("edges: [{from: , to: Load}]\nfailures: {nodes: Load, fallback: [Load, Send]}", []),
        (
            "edges: [{from: , to: Load}]\nfailures: {nodes: Load, fallback: [], propagate_failure: true}",
            None,
        ),
    ],
)
def test_what_nodes_take_part_in(
    check: Check, body: str, expected: list[tuple[str, str]] | None
) -> None:
    """Roles of a node that exclude each other are reported; the accepted neighbours of each are not."""
    found = shown(check(daily(body)))
    if expected is None:
        assert {code for code, _ in found} & {"SEL603", "SEL604"}
    else:
        assert found == expected


PROPAGATED = """
edges:
  - {from: , to: report}
  - {from: report, to: Load}
"""


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            "propagate_finished: true\npropagate_compound_finished: [report]",
            [("SEL311", "[report]")],
        ),
        (
            "propagate_finished: [report]\npropagate_compound_finished: report",
            [("SEL311", "report")],
        ),
        ("propagate_finished: [report]\npropagate_compound_finished: false", []),
        ("propagate_finished: [report]\npropagate_compound_finished: []", []),
        ("propagate_compound_finished: Load", [("SEL310", "Load")]),
        ("propagate_parent: [report, Load]", [("SEL310", "Load")]),
        ("propagate_node_args: daily", [("SEL315", "daily")]),
        ("propagate_parent: daily", [("SEL308", "daily")]),
        ("propagate_compound_finished: daily", [("SEL309", "daily")]),
    ],
)
def test_propagation(check: Check, keys: str, expected: list[tuple[str, str]]) -> None:
    """Keys that say what sub-flows get and show are checked for what they can have an effect on."""
    assert shown(check(daily(PROPAGATED + keys))) == expected


def test_finished_tasks_reach_a_task_beside_the_flow(check: Check) -> None:
    """An edge that leads to a task as well carries what is propagated, and is not warned of."""
    late = "condition: {name: argsFieldExist, args: {key: late}}"
    body = f"propagate_finished: report\nedges: [{{from: , to: report}}, {{from: report, to: %s, {late}}}]"
    assert [one.rule.code for one in check(daily(body % "report"))] == ["SEL314"]
    assert check(daily(body % "[report, Send]")) == []


def test_items_clash_with_listed_arguments(check: Check) -> None:
    """A list under `propagate_node_args` clashes with items for the flows in it, and for no others."""
    foreach = "foreach: {import: myapp.items, function: every, propagate_result: true}"
    later = foreach.replace("true", "false")
    body = f"edges: [{{from: , to: report, {foreach}}}, {{from: report, to: daily, {later}}}]\n"
    assert shown(check(daily(body + "propagate_node_args: [report]"))) == [("SEL313", "true")]
    assert check(daily(body + "propagate_node_args: [daily]")) == []


def condition(text: str, source: str = "Load") -> str:
    """Return a configuration with a condition on an edge from a source."""
    return daily(
        f"edges: [{{from: , to: [Load, Clean, report]}}, {{from: {source}, to: Send, condition: {text}}}]"
    )


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        ("{name: fieldExist, args: {key: a}}", "Load", []),
        ("{name: fieldExist, args: {key: a}}", "Clean", [("SEL406", "fieldExist")]),
        ("{name: fieldExist, args: {key: a}}", "report", [("SEL406", "fieldExist")]),
        ("{name: fieldExist, node: Clean, args: {key: a}}", "[Load, Clean]", [("SEL406", "Clean")]),
        ("{name: fieldExist, node: Load, args: {key: a}}", "[Load, Clean]", []),
        ("{name: fieldExist, args: {key: a}}", "[Load, Clean]", [("SEL405", "fieldExist")]),
        ("{name: alwaysTrue}", "[Load, Clean]", []),
        ("{and: [{name: alwaysTrue}, {not: {name: nope}}]}", "Load", [("SEL401", "nope")]),
        ("{name: isNone, args: {message: 1}}", "Load", [("SEL403", "message")]),
        (
            "{name: fieldEqual, args: {key: a, valu: 1}}",
            "Load",
            [("SEL403", "valu")],
        ),
        ("{name: fieldEqual, args: [key, value]}", "Load", [("SEL101", "[key, value]")]),
        ("{name: empty}", "Load", [("SEL407", "empty")]),
    ],
)
def test_conditions(check: Check, text: str, source: str, expected: list[tuple[str, str]]) -> None:
    """Conditions are checked leaf by leaf against their predicates' parameters and the edge's sources."""
    assert shown(check(condition(text, source))) == expected


def test_a_starting_edge_has_no_results(check: Check) -> None:
    """On an edge that starts a flow, a predicate on results is refused whatever it names."""
    body = "edges: [{from: , to: Load, condition: {name: isNone%s}}]"
    assert shown(check(daily(body % ""))) == [("SEL405", "isNone")]
    assert shown(check(daily(body % ", node: Send"))) == [("SEL404", "Send")]


def test_a_failure_cannot_look_at_a_node(check: Check) -> None:
    """A `node` in the condition of a failure is refused, even where the predicate ignores it."""
    condition = "{name: alwaysTrue, node: Load}"
    failure = f"failures: {{nodes: Load, fallback: true, condition: {condition}}}"
    assert shown(check(daily(f"edges: [{{from: , to: Load}}]\n{failure}"))) == [("SEL601", "Load")]


def test_predicates_of_a_user(check: Check) -> None:
    """A module of one's own is read: signatures count, classes and values are refused, defaults are optional."""
    module = """
        def ready(message, limit=3, *, exact=False): ...
        def anything(node_args, **options): ...
        class Thing: ...
        NUMBER = 3
    """
    text = "global: {predicates_module: own}\n"
    cases = {
        "{name: ready}": [],
        "{name: ready, args: {exact: true}}": [],
        "{name: anything, args: {whatever: 1}}": [],
        "{name: anything, args: {node_args: 1}}": ["SEL403"],
        "{name: Thing}": ["SEL401"],
        "{name: NUMBER}": ["SEL401"],
        "{name: empty}": ["SEL401"],
    }
    for leaf, expected in cases.items():
        assert [one.rule.code for one in check(text + condition(leaf), own=module)] == expected, (
            leaf
        )


def test_a_broken_module_is_reported_once(check: Check) -> None:
    """A syntax error is reported at the first place that names the module, with the line at fault."""
    text = daily("edges: [{from: , to: Load}]").replace("myapp.tasks", "own")
    (found,) = check(text, own="class Load\n    ...\n")
    assert found.rule.code == "SEL212"
    assert "own.py:1" in found.message
    assert found.span is not None
    assert (found.span.text, found.span.line) == ("own", 3)


def test_a_missing_module_is_reported_once(check: Check) -> None:
    """However many tasks name a module that cannot be found, it is warned of at the first one."""
    found = check(daily("edges: [{from: , to: Load}]"), keep=("SEL210",))
    assert [(one.rule.code, one.span and one.span.line) for one in found] == [("SEL210", 3)]


def test_a_missing_predicates_module_is_reported_where_it_is_stated(check: Check) -> None:
    """A predicates module that cannot be found is warned of at the setting, and its predicates pass."""
    text = "global: {predicates_module: elsewhere}\n" + condition("{name: whatever, args: {a: 1}}")
    found = check(text, keep=("SEL210",))
    assert shown(found) == [("SEL210", "elsewhere"), ("SEL210", "myapp.tasks")]


def test_a_missing_class_names_what_is_similar(check: Check) -> None:
    """A class or function that a known module lacks is warned of, with the name that was perhaps meant."""
    text = daily(
        "edges: [{from: , to: Load}, {from: Load, to: Send, foreach: {import: own, function: evry}}]"
    ).replace("myapp.tasks", "own")
    module = "class Load: ...\nclass Sent: ...\nclass Clean: ...\ndef every(pool, node_args): ...\n"
    found = check(text, own=module)
    assert shown(found) == [("SEL211", "Send"), ("SEL211", "evry")]
    assert [one.help for one in found] == [
        f"a similar name exists there: `{name}`" for name in ("Sent", "every")
    ]


def test_the_caches_are_those_of_the_runtime() -> None:
    """The list of built-in caches holds every class of the runtime that can be made."""
    assert set(CACHES) == set(caches.__all__) - {"Cache"}


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        ("{name: constant, args: {retry: 1}}", []),
        ("{name: constant, args: {retry: 1, step: 2}}", [("SEL807", "step")]),
        ("{name: biexponential_incrase, args: {}}", [("SEL807", "biexponential_incrase")]),
        ("{name: mine, import: myapp.strategies}", []),
    ],
)
def test_sampling(check: Check, sampling: str, expected: list[tuple[str, str]]) -> None:
    """Arguments of built-in strategies are checked, those of others are not."""
    assert shown(check(daily(f"edges: [{{from: , to: Load}}]\nsampling: {sampling}"))) == expected


@pytest.mark.parametrize(
    ("cache", "expected"),
    [
        ("{name: MRU, configuration: {size: 3}}", []),
        ("{configuration: {max_cache_size: -1}}", [("SEL809", "-1")]),
        ("{configuration: {max_cache_size: true}}", [("SEL809", "true")]),
        ("{configuration: {max_cache_size: 1, size: 1}}", [("SEL809", "size")]),
        ("{configuration: {capacity: 1}}", [("SEL809", "capacity")]),
        ("{name: mine, import: myapp.caches, configuration: {capacity: -1}}", []),
    ],
)
def test_caches(check: Check, cache: str, expected: list[tuple[str, str]]) -> None:
    """Sizes of built-in caches are checked wherever a cache can stand."""
    assert shown(check(daily(f"edges: [{{from: , to: Load}}]\ncache: {cache}"))) == expected
    text = daily("edges: [{from: , to: Load}]")
    assert (
        shown(check(text.replace("InMemoryStorage}", f"InMemoryStorage, cache: {cache}}}")))
        == expected
    )


def test_a_countdown_of_a_flow(check: Check) -> None:
    """A flow's countdown without retries is warned of; an unreadable number of retries is not taken for none."""
    body = "edges: [{from: , to: Load}]\nretry_countdown: 5\nmax_retry: %s"
    assert shown(check(daily(body % 0))) == [("SEL805", "5")]
    assert check(daily(body % 1)) == []
    assert [one.rule.code for one in check(daily(body % "often"))] == ["SEL101"]


def test_aliases_of_a_class_differ_by_schema(check: Check) -> None:
    """A schema that only one of two tasks of a class has is warned of at the later task."""
    text = daily("edges: [{from: , to: Load}]")
    text = text.replace(
        "{name: Send, import: myapp.tasks}", "{name: Send, import: myapp.tasks, classname: Clean}"
    )
    text = text.replace(
        "{name: Clean, import: myapp.tasks}", "{name: Clean, import: myapp.tasks, max_retry: 2}"
    )
    assert shown(check(text)) == [("SEL806", "2")]


def test_many_mistakes_do_not_take_long(check: Check) -> None:
    """A thousand unknown names among a thousand flows are found within a few seconds, and reported or counted."""
    names = [f"flow_number_{number}" for number in range(1000)]
    flows = "".join(
        f"  - {{name: {name}, edges: [{{from: , to: Load}}, {{from: Load, to: {name}_x}}]}}\n"
        for name in names
    )
    text = NODES.replace("[daily, report]", f"[report, {', '.join(names)}]") + flows
    start = time.process_time()
    *kept, counted = check(text)
    assert {one.rule.code for one in kept} == {"SEL201"}
    assert counted.message.startswith(f"{len(names) - len(kept)} more")
    assert time.process_time() - start < 20


def test_adapters_that_this_version_does_not_have(check: Check) -> None:
    """A storage that the first version had is a missing module; the help says which there are."""
    storage = "storages: [{name: R, import: selinon.storages.redis, classname: Redis}]"
    text = daily("edges: [{from: , to: Load}]") + f"\n{storage}\n"
    [found] = [
        one for one in check(text, keep=("SEL210",)) if "selinon.storages.redis" in one.message
    ]
    assert "`selinon.storages.memory`" in (found.help or "")
