"""Configurations in other words: what the original can read, or what means what the original does."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from tests.conformance import own_predicates

Request = dict[str, Any]


def flows(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the definitions of flows in a request."""
    found: list[dict[str, Any]] = yaml.safe_load(request["flows"])["flow-definitions"]
    return found


def listed(value: Any) -> list[Any]:
    """Return a value that may be given without its list, or not at all, as a list."""
    return value if isinstance(value, list) else [] if value in (None, True, False) else [value]


def rules(flow: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rules for failures of a flow."""
    return listed(flow.get("failures"))


def fallback_names(flow: Mapping[str, Any]) -> set[str]:
    """Return the names of the nodes that are fallbacks in a flow."""
    return {name for rule in rules(flow) for name in listed(rule["fallback"])}


def without_propagate_failure(request: Request) -> Request:
    """Return a request in which no rule lets its flow fail after the fallback."""

    def change(flow: dict[str, Any]) -> None:
        for rule in rules(flow):
            rule.pop("propagate_failure", None)

    return _changed(request, change)


def without_single_operands(request: Request) -> Request:
    """Return a request in which a condition stands for itself in place of an `and` or `or` of it alone."""
    return _changed_conditions(request, lambda leaf: leaf)


def without_forgiving(request: Request) -> Request:
    """Return a request in which a failure is forgiven by a list of no fallbacks."""

    def change(flow: dict[str, Any]) -> None:
        for rule in rules(flow):
            if rule["fallback"] is True:
                rule["fallback"] = []

    return _changed(request, change)


def with_lists_of_failures(request: Request) -> Request:
    """Return a request in which failures are lists."""

    def change(flow: dict[str, Any]) -> None:
        if flow.get("failures"):
            flow["failures"] = rules(flow)

    return _changed(request, change)


def without_repeated_failures(request: Request) -> Request:
    """Return a request in which no rule names a node twice."""

    def change(flow: dict[str, Any]) -> None:
        for rule in rules(flow):
            rule["nodes"] = list(dict.fromkeys(listed(rule["nodes"])))

    return _changed(request, change)


def with_eager_aside(request: Request) -> Request:
    """Return a request whose `eager_failures` are told to the original beside its configuration."""
    aside = {
        flow["name"]: value if value is True else listed(value)
        for flow in flows(request)
        if (value := flow.get("eager_failures"))
    }
    return {**_changed(request, lambda flow: flow.pop("eager_failures", None)), "eager": aside}


def without_underscores(request: Request) -> Request:
    """Return a request in which `_` in names of tasks is written as `0`."""
    names = [task["name"] for task in yaml.safe_load(request["nodes"])["tasks"]]
    text = json.dumps(request)
    for name in names:
        text = re.sub(rf"\b{name}\b", name.replace("_", "0"), text)
    changed: Request = json.loads(text)
    return {**changed, "mended": request["mended"]}


def without_storage_caches(request: Request) -> Request:
    """Return a request whose storages have no caches, which change nothing but how often storages are read."""
    nodes = yaml.safe_load(request["nodes"])
    for storage in nodes["storages"]:
        storage.pop("cache", None)
    return {**request, "nodes": yaml.safe_dump(nodes, sort_keys=False)}


def with_all_arguments(request: Request) -> Request:
    """Return a request in which the application's own predicates are given all their arguments, defaults as well."""

    def complete(leaf: dict[str, Any]) -> dict[str, Any]:
        predicate = getattr(own_predicates, leaf["name"])
        defaults = {
            name: parameter.default
            for name, parameter in inspect.signature(predicate).parameters.items()
            if parameter.default is not inspect.Parameter.empty
        }
        return {**leaf, "args": {**defaults, **leaf.get("args", {})}} if defaults else leaf

    return _changed_conditions(request, complete)


def _changed_conditions(
    request: Request, leaf: Callable[[dict[str, Any]], dict[str, Any]]
) -> Request:
    """Return a request with other leaves of conditions, and without operators that have one operand."""

    def tree(condition: dict[str, Any]) -> dict[str, Any]:
        for operator in ("and", "or"):
            if operator in condition:
                parts = [tree(part) for part in condition[operator]]
                return parts[0] if len(parts) == 1 else {operator: parts}
        return {"not": tree(condition["not"])} if "not" in condition else leaf(condition)

    def change(flow: dict[str, Any]) -> None:
        for place in (*flow["edges"], *rules(flow)):
            if "condition" in place:
                place["condition"] = tree(place["condition"])

    return _changed(request, change)


def _changed(request: Request, change: Callable[[dict[str, Any]], object]) -> Request:
    found = flows(request)
    for flow in found:
        change(flow)
    return {**request, "flows": yaml.safe_dump({"flow-definitions": found}, sort_keys=False)}
