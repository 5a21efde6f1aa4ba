"""What the templates show: one class per kind of emitted module, made of texts that are ready to be
put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, NamedTuple, TypeAlias

from selinon import abi
from selinon.record import Record
from selinon_compiler.emit.conditions import condition_layout, predicate_names, predicate_variables
from selinon_compiler.emit.layout import WIDTH, Group, Layout, Mark, call, names_in
from selinon_compiler.emit.literals import construct, docstring, text_literal
from selinon_compiler.emit.printer import Printed, print_statement
from selinon_compiler.emit.specs import flow_layout, settings_layout, table_layout
from selinon_compiler.plan import ConditionPlan, EdgePlan, FailurePlan, FlowPlan

CONTRACT = "selinon.abi"


class Place(NamedTuple):
    """Where something marked stands: `offset` lines below the only line of the file that starts
    with `anchor`.
    """

    anchor: str
    offset: int
    mark: Mark


class ModuleView(Record):
    """A module that is there to make a package of its directory."""

    template: ClassVar[str] = "module.py.template"
    docstring: str
    places: tuple[Place, ...] = ()


class PackageView(Record):
    """The module that announces the package."""

    template: ClassVar[str] = "package.py.template"
    docstring: str
    imports: str
    package: str
    places: tuple[Place, ...] = ()


class SettingsView(Record):
    """The module with what holds for all of a package."""

    template: ClassVar[str] = "settings.py.template"
    docstring: str
    imports: str
    settings: str
    places: tuple[Place, ...] = ()


class NodesView(Record):
    """A module with a table of tasks or storages."""

    template: ClassVar[str] = "nodes.py.template"
    docstring: str
    imports: str
    table: str
    places: tuple[Place, ...]


class ConditionView(Record):
    """The function of one condition; its body is indented."""

    template: ClassVar[str] = "condition.py.template"
    name: str
    docstring: str
    body: str


class FlowView(Record):
    """The module of one flow; `predicates` and `gap` bring blank lines of their own."""

    template: ClassVar[str] = "flow.py.template"
    docstring: str
    imports: str
    predicates: str
    conditions: tuple[ConditionView, ...]
    gap: str
    flow: str
    places: tuple[Place, ...]


View: TypeAlias = ModuleView | PackageView | SettingsView | NodesView | FlowView


def module_view(text: str) -> ModuleView:
    """Return the view of a module that holds its docstring only."""
    return ModuleView(docstring=docstring(text, ""))


def package_view(name: str, version: str) -> PackageView:
    """Return the view of the package's own module."""
    layout = call(
        "Package",
        (
            ("name=", text_literal(name)),
            ("version=", text_literal(version)),
            ("abi=", str(abi.ABI_VERSION)),
            ("directory=", "__path__[0]"),
        ),
        constructor="Package",
    )
    return PackageView(
        docstring=docstring("Task flows of Selinon: ", f"package {name}, version {version}"),
        imports=_imports([layout]),
        package=print_statement("PACKAGE = ", layout).text,
    )


def settings_view(settings: abi.SettingsSpec) -> SettingsView:
    """Return the view of the settings."""
    layout = settings_layout(settings)
    return SettingsView(
        docstring=docstring("What holds for all flows and tasks", ""),
        imports=_imports([layout]),
        settings=print_statement("SETTINGS = ", layout).text,
    )


def tasks_view(tasks: Mapping[str, abi.TaskSpec]) -> NodesView:
    """Return the view of some of the tasks."""
    return _nodes_view("task", "Tasks, by name", "TASKS: dict[str, TaskSpec] = ", tasks)


def storages_view(storages: Mapping[str, abi.StorageSpec]) -> NodesView:
    """Return the view of some of the storages."""
    return _nodes_view(
        "storage", "Storages, by name", "STORAGES: dict[str, StorageSpec] = ", storages
    )


def _nodes_view(
    kind: str,
    title: str,
    anchor: str,
    specs: Mapping[str, abi.TaskSpec] | Mapping[str, abi.StorageSpec],
) -> NodesView:
    layout = table_layout(kind, specs)
    table = print_statement(anchor, layout)
    return NodesView(
        docstring=docstring(title, ""),
        imports=_imports([layout]),
        table=table.text,
        places=tuple(_places(anchor, table)),
    )


def flow_view(flow: FlowPlan, predicates_module: str) -> FlowView:
    """Return the view of a flow: its predicates, a function for each of its conditions, its
    specification.
    """
    rules = [*_conditional("edge", flow, flow.edges), *_conditional("failure", flow, flow.failures)]
    variables = predicate_variables(
        name for rule in rules for name in predicate_names(rule.condition)
    )
    predicates = {
        variables[name]: construct("Predicate", predicates_module, name) for name in variables
    }
    conditions = [condition_layout(rule.condition, variables) for rule in rules]
    layout = flow_layout(flow, {rule.mark: rule.function for rule in rules})
    contract = _imports(
        [layout, *predicates.values(), *conditions], extra=["Results"] if rules else []
    )
    printed = print_statement("FLOW = ", layout)
    heads = (Place(anchor=f"def {rule.function}(", offset=0, mark=rule.mark) for rule in rules)
    return FlowView(
        docstring=docstring("Flow ", flow.name),
        imports=f"from typing import Any\n\n{contract}" if rules else contract,
        predicates=_block(
            print_statement(f"{key} = ", item).text for key, item in predicates.items()
        ),
        conditions=tuple(map(_condition_view, rules, conditions)),
        gap="\n" if rules else "",
        flow=printed.text,
        places=(*heads, *_places("FLOW = ", printed)),
    )


def _block(statements: Iterable[str]) -> str:
    """Return statements, one a line, behind a blank line; nothing when there are none."""
    lines = "".join([f"{statement}\n" for statement in statements])
    return f"\n{lines}" if lines else ""


class _Conditional(Record):
    """The condition of an edge or a failure, its text, and the name of its function."""

    function: str
    title: str
    mark: Mark
    condition: ConditionPlan
    text: str


def _conditional(
    kind: str, flow: FlowPlan, rules: Sequence[EdgePlan | FailurePlan]
) -> Iterator[_Conditional]:
    prefix = "condition" if kind == "edge" else "failure_condition"
    for index, rule in enumerate(rules):
        if rule.condition is not None:
            yield _Conditional(
                function=f"{prefix}_{index}",
                title=f"Condition of {kind} {index}: ",
                mark=(kind, flow.name, rule.key),
                condition=rule.condition,
                text=rule.condition_text,
            )


def _condition_view(rule: _Conditional, layout: Group) -> ConditionView:
    body = print_statement("return ", layout, indent=1)
    return ConditionView(
        name=rule.function, docstring=docstring(rule.title, rule.text), body=body.text
    )


def _places(anchor: str, printed: Printed) -> Iterator[Place]:
    return (Place(anchor=anchor, offset=line, mark=mark) for line, mark in printed.marks)


def _imports(layouts: Iterable[Layout], extra: Iterable[str] = ()) -> str:
    """Return the import of what these expressions use of the contract."""
    names = sorted(names_in(layouts) | set(extra))
    line = f"from {CONTRACT} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"from {CONTRACT} import (", *(f"    {name}," for name in names), ")"])
