"""Applications made up at random, one for each seed.

Flows are made to end: edges lead on in the order of nodes, except for edges back between tasks, whose conditions look
at how deep they are; sub-flows are those after the flow in their order. What still does not end is given up.
"""

from __future__ import annotations

from random import Random
from typing import Any

import yaml
from tests.conformance import application

TASKS = ("A", "B", "C", "D", "E", "F")
FLOWS = ("main", "sub1", "sub2", "sub3")
ITEMS = ("two", "alike", "nothing", "empty", "mapping", "text", "generator", "counted_by_arguments")
ARGUMENTS = (None, {"n": 2}, {"n": 1, "list": [1, 2]}, {"n": 0, "kind": "x"})

CONDITIONS: tuple[dict[str, Any], ...] = (
    {"name": "alwaysTrue"},
    {"name": "alwaysFalse"},
    {"name": "argsFieldExist", "args": {"key": "n"}},
    {"name": "argsFieldLess", "args": {"key": "n", "value": 2}},
    {"name": "argsFieldLenLess", "args": {"key": "list", "length": 3}},
)
RARE_CONDITIONS: tuple[dict[str, Any], ...] = (
    {"name": "argsEmpty"},
    {"name": "argsFieldLenGreaterEqual", "args": {"key": "list", "length": 1}},
)
"""Conditions that the original gets wrong."""

APPLICATION = application.__name__


def application_of(seed: int) -> dict[str, Any]:
    """Return the application of a seed, as a request to play it."""
    return _Maker(seed).request()


class _Maker:
    """Makes the parts of one application; what all parts need of each other is held here."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._seed = seed
        self._flows = FLOWS[: self._random.choice((1, 1, 2, 2, 3, 4))]
        self._stored = {name for name in TASKS if self._random.random() < 0.85}
        self._reads_fail = self._random.random() < 0.12

    def request(self) -> dict[str, Any]:
        flows = {"flow-definitions": [self._flow(index) for index in range(len(self._flows))]}
        return {
            "nodes": yaml.safe_dump(self._nodes(), sort_keys=False),
            "flows": yaml.safe_dump(flows, sort_keys=False),
            "directory": ".",
            "flow": "main",
            "args": self._random.choice(ARGUMENTS),
            "table": self._table(),
            "seed": self._seed,
            "mended": [],
        }

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _nodes(self) -> dict[str, Any]:
        tasks = []
        for name in TASKS:
            task: dict[str, Any] = {"name": name, "import": APPLICATION, "classname": "Task"}
            if name in self._stored:
                task["storage"] = "store"
                if self._chance(0.1):
                    task["storage_task_name"] = "other"
            elif self._chance(0.3):
                task |= {"storage": "store", "storage_readonly": True}
            if self._chance(0.2):
                task["max_retry"] = self._random.randint(1, 2)
            tasks.append(task)
        storage: dict[str, Any] = {
            "name": "store",
            "import": "selinon.storages.memory",
            "classname": "InMemoryStorage",
            "configuration": {"echo": False},
        }
        if self._reads_fail:
            storage |= {"import": APPLICATION, "classname": "FailingStorage"}
        elif self._chance(0.03):
            storage |= {"import": APPLICATION, "classname": "StrictStorage"}
        trace = {"function": {"import": APPLICATION, "name": "trace"}}
        return {
            "tasks": tasks,
            "flows": list(self._flows),
            "storages": [storage],
            "global": {"trace": trace},
        }

    def _table(self) -> dict[str, Any]:
        often = self._random.choice((0, 20, 40, 70))
        odds = {
            name: {
                "error": self._random.randint(0, often),
                "fatal": self._random.randint(0, often // 8),
                "retry": self._random.choice((0, 0, 10)),
            }
            for name in TASKS
        }
        return {
            "seed": self._seed,
            "unreadable": 30 if self._reads_fail else 0,
            "tasks": {name: [{"odds": chances}] for name, chances in odds.items()},
        }

    def _flow(self, index: int) -> dict[str, Any]:
        tasks = self._random.sample(TASKS, self._random.randint(2, 5))
        inner = list(self._flows[index + 1 :])
        subs = self._random.sample(inner, min(len(inner), self._random.choice((0, 1, 1, 2))))
        nodes = [*tasks, *subs]
        self._random.shuffle(nodes)
        flow: dict[str, Any] = {"name": self._flows[index]}
        if self._chance(0.12) and nodes[0] in self._stored:
            first: dict[str, Any] = {"from": None, "to": nodes[0]}
            flow |= {"node_args_from_first": True, "edges": [first]}
            if self._chance(0.03):
                first["foreach"] = self._foreach([])
        else:
            flow["edges"] = self._starting_edges(nodes)
        self._flags(flow, subs)
        self._edges(flow, nodes, subs)
        if index == 0 and "propagate_node_args" not in flow and self._chance(0.06):
            flow["edges"].append(self._edge_to_itself(flow))
        self._failures(flow, nodes)
        self._edges_of_fallbacks(flow, nodes)
        self._told(flow, subs)
        self._nodes_apart(flow)
        return flow

    def _edge_to_itself(self, flow: dict[str, Any]) -> dict[str, Any]:
        """Return an edge that starts the flow again with smaller arguments, until there are none left."""
        first = _listed(flow["edges"][0]["to"])[0]
        items = {"import": APPLICATION, "function": "counted_by_arguments"}
        return {"from": [first], "to": "main", "foreach": {**items, "propagate_result": True}}

    def _starting_edges(self, nodes: list[str]) -> list[dict[str, Any]]:
        edges = []
        for _ in range(self._random.choice((1, 1, 2))):
            most = max(1, len(nodes) // 2)
            names = self._random.choices(nodes[:most], k=self._random.randint(1, 2))
            edge: dict[str, Any] = {"from": None, "to": names[0] if len(names) == 1 else names}
            if self._chance(0.15):
                edge["condition"] = self._condition([])
            if self._chance(0.08):
                edge["foreach"] = self._foreach([])
            edges.append(edge)
        return edges

    def _flags(self, flow: dict[str, Any], subs: list[str]) -> None:
        if self._chance(0.25):
            flow["max_retry"] = self._random.randint(1, 2)
        if not subs:
            return
        if self._chance(0.5):
            flow["propagate_node_args"] = True if self._chance(0.6) else subs[:1]
        if self._chance(0.5):
            flow["propagate_parent"] = True

    def _edges(self, flow: dict[str, Any], nodes: list[str], subs: list[str]) -> None:
        reached = {name for edge in flow["edges"] for name in _listed(edge["to"])}
        for _ in range(self._random.randint(1, 6)):
            known = [name for name in nodes if name in reached]
            sources = self._random.sample(known, min(len(known), self._random.choice((1, 1, 2, 3))))
            last = max(nodes.index(name) for name in sources)
            later = nodes[last + 1 :]
            if not later:
                self._edge_back(flow, nodes, subs, sources)
                continue
            names = self._random.choices(later, k=self._random.choice((1, 1, 1, 2)))
            reached.update(names)
            edge = self._edge(flow, sources, names)
            flow["edges"] += [edge] * (2 if self._chance(0.07) else 1)

    def _edge(self, flow: dict[str, Any], sources: list[str], names: list[str]) -> dict[str, Any]:
        edge: dict[str, Any] = {"from": sources, "to": names}
        if self._chance(0.45):
            edge["condition"] = self._condition(sources)
        if self._chance(0.15):
            edge["foreach"] = self._foreach(sources)
            clash = flow.get("propagate_node_args")
            if all(name in FLOWS for name in names) and not clash and self._chance(0.7):
                edge["foreach"]["propagate_result"] = True
        return edge

    def _edge_back(
        self, flow: dict[str, Any], nodes: list[str], subs: list[str], sources: list[str]
    ) -> None:
        source = self._random.choice(sources)
        if subs or source not in self._stored or not self._chance(0.7):
            return
        reached = {name for edge in flow["edges"] for name in _listed(edge["to"])}
        target = self._random.choice([name for name in nodes if name in reached])
        args = {"key": "depth", "value": self._random.randint(2, 5)}
        condition = {"name": "fieldLess", "node": source, "args": args}
        flow["edges"].append({"from": [source], "to": [target], "condition": condition})

    def _foreach(self, sources: list[str]) -> dict[str, Any]:
        items = [*ITEMS, "counted_by_a"] if "A" in sources and "A" in self._stored else [*ITEMS]
        if self._chance(0.08):
            items = ["raising", "number"]
        return {"function": self._random.choice(items), "import": APPLICATION}

    def _condition(self, sources: list[str], depth: int = 0) -> dict[str, Any]:
        if depth < 2 and self._chance(0.25):
            operator = self._random.choice(("and", "or", "not"))
            if operator == "not":
                return {"not": self._condition(sources, depth + 1)}
            count = 1 if self._chance(0.02) else 2
            return {operator: [self._condition(sources, depth + 1) for _ in range(count)]}
        readable = [name for name in sources if name in self._stored]
        if readable and self._chance(0.75):
            name = self._random.choice(("fieldLess", "fieldGreaterEqual", "fieldEqual"))
            args = {"key": "value", "value": self._random.randint(0, 4)}
            return {"name": name, "node": self._random.choice(readable), "args": args}
        rare = self._chance(0.04)
        return dict(self._random.choice(RARE_CONDITIONS if rare else CONDITIONS))

    def _failures(self, flow: dict[str, Any], nodes: list[str]) -> None:
        if not self._chance(0.65):
            return
        reached = {name for edge in flow["edges"] for name in _listed(edge["to"])}
        rules: list[dict[str, Any]] = []
        for _ in range(self._random.randint(1, 4)):
            known = [name for name in nodes if name in reached]
            failed = self._random.sample(known, min(len(known), self._random.choice((1, 1, 1, 2))))
            last = max(nodes.index(name) for name in failed)
            later = [*nodes[last + 1 :], *(name for name in TASKS if name not in nodes)]
            names = self._random.sample(later, min(len(later), self._random.choice((0, 1, 1, 2))))
            reached.update(name for name in names if name in nodes)
            rule: dict[str, Any] = {"nodes": failed, "fallback": names}
            if not names and self._chance(0.05):
                rule["fallback"] = True
            if names and self._chance(0.1):
                rule["propagate_failure"] = True
            if self._chance(0.2):
                rule["condition"] = self._condition([])
            rules.append(rule)
        flow["failures"] = rules

    def _edges_of_fallbacks(self, flow: dict[str, Any], nodes: list[str]) -> None:
        """Let something follow from fallbacks."""
        fallbacks = {
            name for rule in flow.get("failures", ()) for name in _listed(rule["fallback"])
        }
        for name in sorted(fallbacks & set(nodes[:-1])):
            if self._chance(0.5):
                later = nodes[nodes.index(name) + 1 :]
                flow["edges"].append(self._edge(flow, [name], [self._random.choice(later)]))

    def _told(self, flow: dict[str, Any], subs: list[str]) -> None:
        """Choose of which sub-flows the flow is told what finished in them."""
        shapes = ["propagate_finished", "propagate_compound_finished"]
        self._random.shuffle(shapes)
        if subs and self._chance(0.4):
            flow[shapes[0]] = True
        elif self._chance(0.4):
            waited = {name for edge in flow["edges"] for name in edge["from"] or ()}
            for shape, name in zip(shapes, sorted(waited & set(subs)), strict=False):
                flow[shape] = [name]

    def _nodes_apart(self, flow: dict[str, Any]) -> None:
        """Choose nodes that nobody waits for, and nodes whose failure is not waited with."""
        failing = {name for rule in flow.get("failures", ()) for name in rule["nodes"]}
        waited = failing | {name for edge in flow["edges"] for name in edge["from"] or ()}
        started = [name for edge in flow["edges"] for name in _listed(edge["to"])]
        started += [name for rule in flow.get("failures", ()) for name in _listed(rule["fallback"])]
        free = sorted(set(started) - waited)
        if free and self._chance(0.3):
            flow["nowait"] = [self._random.choice(free)]
        eager = sorted(set(started) - failing - set(flow.get("nowait", ())))
        if eager and self._chance(0.2 if "failures" in flow else 0.02):
            flow["eager_failures"] = True if self._chance(0.05) else [self._random.choice(eager)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is True else [value]
