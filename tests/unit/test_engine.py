"""The engine by value: what each step starts, what the nodes get, and how runs end."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from string import digits
from typing import Any

import pytest

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec, ForeachSpec, Reference, Results
from selinon.engine import (
    Ask,
    AskCondition,
    AskFinished,
    AskForeach,
    AskResult,
    EndRun,
    FailRun,
    NodeFailed,
    NodeFinished,
    NodeTree,
    Outcome,
    RestartRun,
    Slice,
    Start,
    StartFlow,
    StartTask,
    UserError,
    begin,
    first_run,
    needs,
)
from selinon.engine.parents import compound, nested
from selinon.trace.events import (
    EagerFailure,
    EdgeCondFalse,
    FallbackStart,
    ForeachResult,
    NodeFailure,
    NodeSuccessful,
)

Answer = Callable[[Ask], Any]


def _asked(results: Results, node_args: Any) -> bool:
    """Stand for a condition: the tests answer it, so it is never called."""
    raise AssertionError("the engine calls no condition")


def edge(
    sources: str,
    destinations: str,
    *,
    when: str | None = None,
    foreach: bool = False,
    propagate_result: bool = False,
    key: str | None = None,
) -> EdgeSpec:
    """Return an edge between names that are separated by blanks; `when` names its condition."""
    function = ForeachSpec(function=Reference("items", "of"), propagate_result=propagate_result)
    return EdgeSpec(
        key=key or f"{sources}>{destinations}",
        sources=tuple(sources.split()),
        destinations=tuple(destinations.split()),
        condition=_asked if when else None,
        condition_text=when or "True",
        foreach=function if foreach or propagate_result else None,
    )


def rule(
    nodes: str,
    fallback: str = "",
    *,
    when: str | None = None,
    propagate_failure: bool = False,
    key: str | None = None,
) -> FailureSpec:
    """Return a rule for failures; without fallback nodes it forgives."""
    return FailureSpec(
        key=key or f"{nodes}!{fallback}",
        nodes=tuple(nodes.split()),
        fallback=tuple(fallback.split()),
        condition=_asked if when else None,
        condition_text=when or "True",
        propagate_failure=propagate_failure,
    )


def flow(*edges: EdgeSpec, **details: Any) -> FlowSpec:
    """Return a flow of these edges."""
    return FlowSpec(name="flow", fingerprint="", edges=edges, **details)


class Play:
    """A run that is driven by hand, its nodes called `A1`, `A2`, … in the order in which they start.

    `true` are the conditions that hold, `items` what every foreach function returns, `answer` answers other asks.
    Of finished nodes only what the engine says it needs is handed to a step, as a store would.
    """

    def __init__(
        self,
        spec: FlowSpec,
        *,
        node_args: Any = None,
        parent: Mapping[str, Any] | None = None,
        true: str = "",
        items: Any = (),
        answer: Answer | None = None,
    ) -> None:
        self.flow = spec
        self.run = first_run("run", spec.name, node_args, parent)
        self.true = set(true.split())
        self.items = list(items)
        self.answer = answer
        self.asks: list[Ask] = []
        self.labels: dict[str, str] = {}
        self.commands: dict[str, StartTask | StartFlow] = {}
        self.joined: dict[str, list[str]] = {}
        self.archive: list[str] = []
        self._counts: Counter[str] = Counter()

    def start(self) -> list[str]:
        """Begin an attempt; return what starts."""
        return self.step(Start())

    def finish(self, *labels: str) -> list[str]:
        """Let nodes finish in one step; return what starts."""
        return self.step(*(NodeFinished(self.id(label), label.rstrip(digits)) for label in labels))

    def fail(self, *labels: str) -> list[str]:
        """Let nodes fail in one step; return what starts."""
        return self.step(
            *(NodeFailed(self.id(label), label.rstrip(digits), "broken") for label in labels)
        )

    def step(self, *events: Any) -> list[str]:
        """Take a step; return the labels of what starts."""
        return self.carry_out(self.decide(*events))

    def decide(self, *events: Any) -> Outcome:
        """Return what a step comes to, and change nothing."""
        joined = {
            name: tuple(self.joined.get(name, ())) for name in needs(self.flow, self.run, events)
        }
        step = begin(self.flow, Slice(run=self.run, joined=joined), events)
        while step.ask is not None:
            self.asks.append(step.ask)
            step.answer(self._answer(step.ask))
        return step.outcome

    def carry_out(self, outcome: Outcome) -> list[str]:
        """Write what a step came to."""
        self.outcome = outcome
        self.run = outcome.run
        for name, id in outcome.joined:
            self.joined.setdefault(name, []).append(id)
        for name in outcome.released:
            self.joined.pop(name, None)
        self.archive += [self.labels[id] for _, id in outcome.archived]
        started = []
        for command in outcome.commands:
            if isinstance(command, RestartRun):
                self.joined, self.archive = {}, []
            if not isinstance(command, StartTask | StartFlow):
                continue
            self._counts[command.name] += 1
            label = f"{command.name}{self._counts[command.name]}"
            assert command.id not in self.labels, "an id names one node"
            self.labels[command.id] = label
            self.commands[label] = command
            started.append(label)
        return started

    def id(self, label: str) -> str:
        """Return the id of a node."""
        return next(id for id, known in self.labels.items() if known == label)

    def parents(self, label: str) -> Any:
        """Return the parent mapping of a node with labels in the place of ids."""
        return self._labelled(self.commands[label].parent)

    def failures(self, label: str) -> Any:
        """Return the failures that a fallback answers, with labels in the place of ids."""
        command = self.commands[label]
        assert isinstance(command, StartTask)
        return self._labelled(command.failed)

    def end(self) -> Any:
        """Return the command by which the last step ended the attempt, if it did."""
        last = self.outcome.commands[-1:]
        return next((c for c in last if not isinstance(c, StartTask | StartFlow)), None)

    @property
    def unanswered(self) -> Any:
        """The failures with which the attempt ended, by labels."""
        return self._labelled(self.end().failed)

    def traced(self, kind: type) -> list[Any]:
        """Return the events of a kind that the last step reported."""
        return [event for event in self.outcome.traces if isinstance(event, kind)]

    def _labelled(self, value: Any) -> Any:
        match value:
            case Mapping():
                return {name: self._labelled(item) for name, item in value.items()}
            case list() | tuple():
                return [self._labelled(item) for item in value]
            case _:
                return self.labels.get(value, value)

    def _answer(self, ask: Ask) -> Any:
        if self.answer is not None:
            return self.answer(ask)
        match ask:
            case AskCondition(place=place):
                return place.condition_text in self.true
            case AskForeach():
                return self.items
            case _:
                raise AssertionError(f"unexpected {ask}")


# Starting and ending


def test_a_chain_runs_to_its_end() -> None:
    """Each task starts when the one before it has finished, and the flow ends after the last one."""
    play = Play(flow(edge("", "A"), edge("A", "B")), node_args={"n": 1})
    assert play.start() == ["A1"]
    assert play.end() is None
    assert play.finish("A1") == ["B1"]
    assert play.parents("B1") == {"A": "A1"}
    assert play.commands["B1"].node_args == {"n": 1}
    assert play.finish("B1") == []
    assert play.end() == EndRun()
    assert (play.run.ended, play.run.active, play.archive) == (True, {}, ["A1", "B1"])


def test_a_flow_that_starts_nothing_succeeds() -> None:
    """A flow whose starting conditions are all false ends successfully in its first step."""
    play = Play(flow(edge("", "A", when="c")))
    assert play.start() == []
    assert play.end() == EndRun()
    assert (play.run.started, play.run.finished, play.run.fired) == (True, {}, {})
    assert [event.condition for event in play.traced(EdgeCondFalse)] == ["c"]


def test_starting_edges_are_looked_at_once() -> None:
    """A starting edge that did not hold is not looked at again, and all starting edges fire in their order."""
    play = Play(flow(edge("", "A"), edge("", "B", when="c"), edge("", "C"), edge("A", "D")))
    assert play.start() == ["A1", "C1"]
    play.true.add("c")
    assert play.finish("A1") == ["D1"]
    assert len(play.asks) == 1


def test_nothing_fires_from_a_node_without_edges() -> None:
    """A node that is no source, or none any more, finishes and starts nothing."""
    play = Play(flow(edge("", "A B"), edge("A", "C")))
    play.start()
    assert play.finish("B1") == []
    assert play.end() is None
    assert play.finish("A1") == ["C1"]


def test_a_repeated_destination_starts_as_often() -> None:
    """Each occurrence of a destination is an instance of its own, in the order of the list."""
    play = Play(flow(edge("", "A B A A")))
    assert play.start() == ["A1", "B1", "A2", "A3"]
    assert play.run.active == {"A": 3, "B": 1}


def test_equal_edges_fire_each_for_itself() -> None:
    """Two edges with the same ends start two instances, with ids of their own."""
    play = Play(flow(edge("", "A"), edge("A", "B", key="x"), edge("A", "B", key="y")))
    play.start()
    assert play.finish("A1") == ["B1", "B2"]
    assert play.run.fired == {">A": 1, "x": 1, "y": 1}


# Combinations


def test_a_join_waits_for_all_and_uses_an_instance_again() -> None:
    """{A,B} starts C with each B, the only A being part of every combination."""
    spec = flow(edge("", "A B"), edge("A B", "C"), edge("C", "B", when="more"))
    play = Play(spec, true="more")
    play.start()
    assert play.finish("B1") == []
    assert play.finish("A1") == ["C1"]
    assert play.parents("C1") == {"A": "A1", "B": "B1"}
    assert play.finish("C1") == ["B2"]
    play.true.clear()
    assert play.finish("B2") == ["C2"]
    assert play.parents("C2") == {"A": "A1", "B": "B2"}
    play.finish("C2")
    assert play.end() == EndRun()


def test_tuples_come_in_a_fixed_order() -> None:
    """When a, a, b, b finish in one step, each combination forms when its last member is processed."""
    play = Play(flow(edge("", "A A B B"), edge("A B", "C"), edge("A", "D")))
    play.start()
    assert play.finish("A1", "A2", "B1", "B2") == ["D1", "D2", "C1", "C2", "C3", "C4"]
    assert [play.parents(f"D{n}") for n in (1, 2)] == [{"A": "A1"}, {"A": "A2"}]
    assert [tuple(play.parents(f"C{n}").values()) for n in (1, 2, 3, 4)] == [
        ("A1", "B1"),
        ("A2", "B1"),
        ("A1", "B2"),
        ("A2", "B2"),
    ]


def test_of_three_sources_the_last_varies_fastest() -> None:
    """The product is taken in the order of `from`, whichever source completes it."""
    play = Play(flow(edge("", "A B C A C"), edge("A B C", "D")))
    play.start()
    assert play.finish("C1", "A1", "C2") == []
    assert play.finish("A2") == []
    assert play.finish("B1") == ["D1", "D2", "D3", "D4"]
    assert [tuple(play.parents(f"D{n}").values()) for n in (1, 2, 3, 4)] == [
        ("A1", "B1", "C1"),
        ("A1", "B1", "C2"),
        ("A2", "B1", "C1"),
        ("A2", "B1", "C2"),
    ]


def test_a_diamond_in_a_cycle_multiplies() -> None:
    """P to {Q,R} to S to P: the second round makes three more S, one for each new pair."""
    spec = flow(edge("", "P"), edge("P", "Q R"), edge("Q R", "S"), edge("S", "P"))
    play = Play(spec)
    play.start()
    play.finish("P1")
    assert play.finish("Q1", "R1") == ["S1"]
    assert play.finish("S1") == ["P2"]
    play.finish("P2")
    assert play.finish("Q2", "R2") == ["S2", "S3", "S4"]
    pairs = {tuple(play.parents(f"S{n}").values()) for n in (2, 3, 4)}
    assert pairs == {("Q2", "R1"), ("Q1", "R2"), ("Q2", "R2")}
    assert play.finish("S2", "S3", "S4") == ["P3", "P4", "P5"]


def test_a_failed_instance_takes_no_part() -> None:
    """A join uses only instances that succeeded."""
    play = Play(flow(edge("", "A A B"), edge("A B", "C"), failures=(rule("A"),)))
    play.start()
    play.fail("A1")
    play.finish("A2")
    assert play.finish("B1") == ["C1"]
    assert play.parents("C1") == {"A": "A2", "B": "B1"}


def test_a_condition_is_asked_once_for_each_complete_tuple() -> None:
    """Nothing is asked before a combination is complete, and then the ids of its tasks are shown."""
    play = Play(flow(edge("", "A A B"), edge("A B", "C", when="c")))
    play.start()
    play.finish("A1", "A2")
    assert play.asks == []
    assert play.finish("B1") == []
    asked = [play._labelled(ask.tasks) for ask in play.asks if isinstance(ask, AskCondition)]
    assert asked == [{"A": "A1", "B": "B1"}, {"A": "A2", "B": "B1"}]
    assert play.run.fired == {">A A B": 1}


def test_only_what_joins_need_is_asked_for_and_kept() -> None:
    """Ids of nodes that take part in no join are not read again; of a join, those of the other sources are."""
    spec = flow(edge("", "A B"), edge("A B", "C"), edge("C", "D"))
    run = replace(first_run("r", "f", None), kept={"B": 1})
    assert needs(spec, run, [NodeFinished("x", "A")]) == {"B"}
    assert needs(spec, first_run("r", "f", None), [NodeFinished("x", "A")]) == frozenset()
    assert (
        needs(spec, first_run("r", "f", None), [NodeFinished("x", "C"), NodeFailed("y", "B", "")])
        == frozenset()
    )
    play = Play(spec)
    play.start()
    play.finish("A1", "B1")
    play.finish("C1")
    assert set(play.joined) == {"A", "B"}


def test_ids_are_kept_until_no_join_can_need_them() -> None:
    """What the other source of a join can no longer follow is dropped, also when it finishes only then."""
    spec = flow(
        edge("", "A B"),
        edge("A B", "C"),
        edge("C", "D"),
        ranks={"A": 0, "B": 1, "C": 2, "D": 3},
    )
    play = Play(spec)
    play.start()
    play.finish("A1")
    assert play.run.kept == {"A": 1}
    assert not play.outcome.released
    play.finish("B1")
    assert set(play.outcome.released) == {"A", "B"}
    assert not play.outcome.joined
    assert play.run.kept == {}
    assert play.finish("C1") == ["D1"]


def test_a_record_does_not_grow_with_the_run() -> None:
    """After a thousand rounds of a cycle the record is as large as after ten, and nothing is read again."""
    play = Play(flow(edge("", "A"), edge("A", "A")))
    play.start()
    sizes = []
    for number in range(1, 1001):
        assert play.finish(f"A{number}") == [f"A{number + 1}"]
        sizes.append(len(repr(play.run)))
    assert sizes[-1] - sizes[10] < 10
    assert play.joined == {}


# foreach


@pytest.mark.parametrize("items", [[], ()])
def test_foreach_over_nothing_starts_nothing(items: Any) -> None:
    """An edge whose foreach function returns nothing counts as fired, and starts nothing."""
    play = Play(flow(edge("", "A", foreach=True)), items=items)
    assert play.start() == []
    assert play.run.fired == {">A": 1}
    assert play.end() == EndRun()


def test_foreach_goes_through_items_first() -> None:
    """For each item every destination starts; tasks get the flow's arguments, not the item."""
    play = Play(flow(edge("", "A B", foreach=True)), items=["x", "y"], node_args="args")
    assert play.start() == ["A1", "B1", "A2", "B2"]
    assert {command.node_args for command in play.commands.values()} == {"args"}
    assert [event.result for event in play.traced(ForeachResult)] == [["x", "y"]]


def test_foreach_comes_after_the_condition() -> None:
    """An edge whose condition does not hold does not call its foreach function."""
    play = Play(flow(edge("", "A", foreach=True, when="c")), items=[1])
    assert play.start() == []
    assert [type(ask) for ask in play.asks] == [AskCondition]


def test_foreach_sees_tasks_of_the_combination_only() -> None:
    """The function can read the tasks before the edge, not sub-flows; at the start what the flow was given."""
    spec = flow(
        edge("", "A inner", foreach=True),
        edge("A inner", "B", foreach=True),
        subflows=("inner",),
    )
    play = Play(spec, items=[1], parent={"Before": "id"})
    play.start()
    play.finish("A1", "inner1")
    first, second = play.asks
    assert isinstance(first, AskForeach)
    assert first.tasks == {"Before": "id"}
    assert isinstance(second, AskForeach)
    assert play._labelled(second.tasks) == {"A": "A1"}


def test_items_become_arguments_of_subflows() -> None:
    """With `propagate_result` the item is a sub-flow's arguments, None included, whatever else is propagated."""
    spec = flow(
        edge("", "inner", propagate_result=True), subflows=("inner",), propagate_node_args=True
    )
    play = Play(spec, items=[1, None, {"k": 2}], node_args="args")
    assert play.start() == ["inner1", "inner2", "inner3"]
    assert [command.node_args for command in play.commands.values()] == [1, None, {"k": 2}]


# What nodes get


def test_subflows_get_arguments_and_parents_only_if_propagated() -> None:
    """A task always has the flow's arguments and its parents; a sub-flow those that flags cover."""
    edges = (edge("", "A"), edge("A", "B f g"))
    spec = flow(*edges, subflows=("f", "g"), propagate_node_args=("f",), propagate_parent=("g",))
    play = Play(spec, node_args=7)
    play.start()
    play.finish("A1")
    seen = {label: (play.commands[label].node_args, play.parents(label)) for label in play.commands}
    assert seen["B1"] == (7, {"A": "A1"})
    assert seen["f1"] == (7, None)
    assert seen["g1"] == (None, {"A": "A1"})


def test_only_the_first_tasks_get_the_parents_of_the_flow() -> None:
    """What a sub-flow is given as parents reaches the destinations of starting edges, and no others."""
    spec = flow(edge("", "A f"), edge("A", "B"), subflows=("f",), propagate_parent=True)
    play = Play(spec, parent={"Outer": "id"})
    play.start()
    play.finish("A1")
    assert play.parents("A1") == play.parents("f1") == {"Outer": "id"}
    assert play.parents("B1") == {"A": "A1"}


def test_without_parents_a_starting_task_gets_an_empty_mapping() -> None:
    """The parents of the first task of a flow that got none are empty."""
    play = Play(flow(edge("", "A")))
    play.start()
    assert play.parents("A1") == {}


TREE = NodeTree(
    tasks={"Task2": ("i",), "Task3": ("j", "k")},
    flows={
        "flow3": (
            NodeTree(tasks={"Task2": ("l",)}),
            NodeTree(tasks={"Task2": ("m",), "Task4": ("n",)}),
        )
    },
)


def _parent_of_task_after_subflow(tree: NodeTree, **details: Any) -> Any:
    spec = flow(edge("", "A inner"), edge("A inner", "B"), subflows=("inner",), **details)

    def answer(ask: Ask) -> Any:
        assert isinstance(ask, AskFinished)
        assert ask.name == "inner"
        return tree

    play = Play(spec, answer=answer)
    play.start()
    play.finish("A1", "inner1")
    return play.parents("B1")


def test_a_finished_subflow_is_shown_nested() -> None:
    """Tasks of a sub-flow stand under its name, those of flows in it one level deeper, several runs merged."""
    assert _parent_of_task_after_subflow(TREE, propagate_finished=True) == {
        "A": "A1",
        "inner": {
            "Task2": ["i"],
            "Task3": ["j", "k"],
            "flow3": {"Task2": ["l", "m"], "Task4": ["n"]},
        },
    }


@pytest.mark.parametrize("shape", [nested, compound])
def test_what_is_shown_of_a_subflow_takes_linear_work(
    shape: Callable[[NodeTree], dict[str, Any]],
) -> None:
    """Twice the depth takes twice the calls."""
    calls = []
    for depth in (100, 200):
        tree = NodeTree(tasks={"A": ("i",)})
        for _ in range(depth):
            tree = NodeTree(tasks={"A": ("i",)}, flows={"f": (tree,)})
        calls.append(0)

        def count(frame: object, event: str, argument: object) -> None:
            calls[-1] += 1

        sys.setprofile(count)
        try:
            shape(tree)
        finally:
            sys.setprofile(None)
    assert calls[1] < 2.1 * calls[0]


def test_a_finished_subflow_is_shown_compound() -> None:
    """In the compound form the tasks of all depths stand together."""
    parent = _parent_of_task_after_subflow(TREE, propagate_compound_finished=("inner",))
    assert parent == {
        "A": "A1",
        "inner": {"Task2": ["i", "l", "m"], "Task3": ["j", "k"], "Task4": ["n"]},
    }


def test_a_subflow_that_is_not_propagated_leaves_no_key() -> None:
    """Nothing is told of a sub-flow unless a flag covers it."""
    assert _parent_of_task_after_subflow(TREE, propagate_finished=("other",)) == {"A": "A1"}


@pytest.mark.parametrize("form", ["propagate_finished", "propagate_compound_finished"])
def test_a_propagated_subflow_without_tasks_leaves_an_empty_mapping(form: str) -> None:
    """A sub-flow in which nothing ran is still there."""
    assert _parent_of_task_after_subflow(NodeTree(), **{form: True}) == {"A": "A1", "inner": {}}


def test_instances_of_a_subflow_combine_each_for_itself() -> None:
    """Two instances of a sub-flow fire an edge twice, each with its own finished nodes."""
    spec = flow(
        edge("", "inner inner"), edge("inner", "B"), subflows=("inner",), propagate_finished=True
    )
    play = Play(spec)
    play.answer = lambda ask: NodeTree(tasks={"T": (f"task of {play.labels[ask.id]}",)})  # type: ignore[union-attr]  # only AskFinished is asked
    play.start()
    assert play.finish("inner2", "inner1") == ["B1", "B2"]
    assert play.parents("B1") == {"inner": {"T": ["task of inner2"]}}
    assert play.parents("B2") == {"inner": {"T": ["task of inner1"]}}


# Nodes that nobody waits for


def test_nobody_waits_for_a_nowait_node() -> None:
    """A flow of nowait nodes only ends in its first step, and they start when their edge fires."""
    play = Play(flow(edge("", "N f"), nowait=("N", "f"), subflows=("f",)))
    assert play.start() == ["N1", "f1"]
    assert play.end() == EndRun()
    assert play.run.active == {}
    assert not any(command.awaited for command in play.commands.values())


def test_a_nowait_node_starts_before_the_end() -> None:
    """It starts together with the other destinations of its edge."""
    play = Play(flow(edge("", "A"), edge("A", "N B"), nowait=("N",)))
    play.start()
    assert play.finish("A1") == ["N1", "B1"]
    assert play.run.active == {"B": 1}


# Arguments from the first task


def _result_of_first(value: Any) -> Answer:
    def answer(ask: Ask) -> Any:
        assert isinstance(ask, AskResult)
        return value

    return answer


def test_the_first_result_becomes_the_arguments() -> None:
    """From the step in which the first task finishes, its result is the flow's arguments, also for conditions."""
    spec = flow(edge("", "A"), edge("A", "B", when="c"), edge("B", "C"), node_args_from_first=True)
    seen = []

    def answer(ask: Ask) -> Any:
        if isinstance(ask, AskResult):
            return {"new": 1}
        assert isinstance(ask, AskCondition)
        seen.append(ask.node_args)
        return True

    play = Play(spec, node_args="old", answer=answer)
    play.start()
    assert play.commands["A1"].node_args == "old"
    play.finish("A1")
    play.finish("B1")
    assert seen == [{"new": 1}]
    assert play.commands["B1"].node_args == play.commands["C1"].node_args == {"new": 1}


def test_only_the_first_instance_gives_arguments() -> None:
    """A later instance of the same task leaves the arguments alone."""
    spec = flow(edge("", "A"), edge("A", "A", when="c"), node_args_from_first=True)
    results = iter([{"n": 1}, {"n": 2}])
    play = Play(spec)
    play.answer = lambda ask: next(results) if isinstance(ask, AskResult) else True
    play.start()
    play.finish("A1")
    play.finish("A2")
    assert play.commands["A3"].node_args == {"n": 1}


def test_a_fallback_of_the_first_task_gives_no_arguments() -> None:
    """When the first task fails, the arguments stay those of the flow."""
    spec = flow(
        edge("", "A"), edge("F", "B"), failures=(rule("A", "F"),), node_args_from_first=True
    )
    play = Play(spec, node_args="old")
    play.start()
    assert play.fail("A1") == ["F1"]
    assert play.finish("F1") == ["B1"]
    assert play.commands["B1"].node_args == "old"
    assert play.asks == []


def test_a_foreach_of_several_gives_no_arguments() -> None:
    """Only a single first task gives the arguments; one of several does not."""
    spec = flow(edge("", "A", foreach=True), edge("A", "B"), node_args_from_first=True)
    play = Play(spec, node_args="old", items=[1, 2])
    play.start()
    play.finish("A1")
    assert play.commands["B1"].node_args == "old"


def test_a_nowait_node_beside_the_first_task_does_not_matter() -> None:
    """The first task is the only one that is waited for; what else starts with it takes no part."""
    spec = flow(edge("", "A N"), edge("A", "B"), nowait=("N",), node_args_from_first=True)
    play = Play(spec, node_args="old", answer=_result_of_first("new"))
    play.start()
    play.finish("A1")
    assert play.commands["B1"].node_args == "new"


def test_another_attempt_has_the_original_arguments() -> None:
    """A flow that is retried begins with the arguments with which it was started, parents included."""
    spec = flow(edge("", "A"), edge("A", "B"), node_args_from_first=True, max_retry=1)
    play = Play(spec, node_args="old", parent={"P": "id"}, answer=_result_of_first("new"))
    play.start()
    play.finish("A1")
    play.fail("B1")
    assert isinstance(play.end(), RestartRun)
    assert play.start() == ["A2"]
    assert play.commands["A2"].node_args == "old"
    assert play.parents("A2") == {"P": "id"}
    play.finish("A2")
    assert play.commands["B2"].node_args == "new"


# Failures


def test_a_failure_without_a_rule_fails_the_flow_when_nothing_is_active() -> None:
    """Independent branches go on after a failure; the flow fails when they are done."""
    play = Play(flow(edge("", "A B"), edge("B", "C")))
    play.start()
    assert play.fail("A1") == []
    assert play.end() is None
    assert play.finish("B1") == ["C1"]
    play.finish("C1")
    assert isinstance(play.end(), FailRun)
    assert play.unanswered == {"A": ["A1"]}
    assert play.run.ended
    assert play.archive == ["B1", "C1"]


def test_a_fallback_waits_until_nothing_is_active() -> None:
    """A rule is applied when everything that runs has ended."""
    play = Play(flow(edge("", "A B"), failures=(rule("A", "F"),)))
    play.start()
    assert play.fail("A1") == []
    assert play.finish("B1") == ["F1"]
    assert play.run.failed == {}
    play.finish("F1")
    assert play.end() == EndRun()
    assert play.archive == ["B1", "F1"]


def test_a_fallback_gets_the_arguments_and_what_failed_but_no_parent() -> None:
    """`parent` of a fallback is empty, `failed` holds the failures that it answers."""
    spec = flow(
        edge("", "A B"),
        failures=(rule("A B", "F g"),),
        subflows=("g",),
        propagate_node_args=True,
        propagate_parent=True,
    )
    play = Play(spec, node_args=5, parent={"P": "id"})
    play.start()
    assert play.fail("B1", "A1") == ["F1", "g1"]
    assert (play.commands["F1"].node_args, play.parents("F1")) == (5, {})
    assert play.failures("F1") == {"A": ["A1"], "B": ["B1"]}
    assert play.parents("g1") is None


def test_the_rule_over_most_nodes_comes_first() -> None:
    """With rules over {A}, {B} and {A,B}, two failures are answered by the last one alone."""
    spec = flow(edge("", "A B"), failures=(rule("A", "F"), rule("B", "G"), rule("A B", "H")))
    play = Play(spec)
    play.start()
    assert play.fail("A1", "B1") == ["H1"]
    play.finish("H1")
    assert play.end() == EndRun()


def test_among_rules_of_one_size_names_decide() -> None:
    """Of {A,C} and {A,B}, the one whose sorted names come first is applied."""
    spec = flow(edge("", "A B C"), failures=(rule("A C", "F"), rule("A B", "G"), rule("C", "H")))
    play = Play(spec)
    play.start()
    assert play.fail("C1", "B1", "A1") == ["G1"]
    assert play.finish("G1") == ["H1"]
    play.finish("H1")
    assert play.end() == EndRun()


def test_a_rule_needs_all_of_its_nodes_to_have_failed() -> None:
    """A rule over {A,B} does not answer a failure of A alone; one over {A} answers it when B failed, too."""
    spec = flow(edge("", "A B"), failures=(rule("A B", "F"),))
    play = Play(spec)
    play.start()
    play.finish("B1")
    assert play.fail("A1") == []
    assert play.unanswered == {"A": ["A1"]}
    play = Play(flow(edge("", "A B"), failures=(rule("A", "F"),)))
    play.start()
    assert play.fail("A1", "B1") == ["F1"]


def test_one_combination_at_a_time() -> None:
    """The second fallback starts only when the first one, and all that follows from it, is done."""
    spec = flow(edge("", "A B"), edge("F", "C"), failures=(rule("A", "F"), rule("B", "G")))
    play = Play(spec)
    play.start()
    assert play.fail("A1", "B1") == ["F1"]
    assert play.finish("F1") == ["C1"]
    assert play.finish("C1") == ["G1"]
    play.finish("G1")
    assert play.end() == EndRun()


def test_what_has_no_rule_fails_the_flow_after_the_fallbacks() -> None:
    """An unanswered failure lets the flow fail, but only when the fallbacks of others have run."""
    play = Play(flow(edge("", "A B"), failures=(rule("A", "F"),)))
    play.start()
    assert play.fail("A1", "B1") == ["F1"]
    assert play.end() is None
    play.finish("F1")
    assert isinstance(play.end(), FailRun)
    assert play.unanswered == {"B": ["B1"]}


def test_each_failed_instance_is_answered_once() -> None:
    """A failed twice and B once, with {A,B} to F and {A} to G: F answers the oldest two, G the other A."""
    spec = flow(edge("", "A A B"), failures=(rule("A B", "F"), rule("A", "G")))
    play = Play(spec)
    play.start()
    assert play.fail("A2", "B1", "A1") == ["F1"]
    assert play.failures("F1") == {"A": ["A2"], "B": ["B1"]}
    assert play.finish("F1") == ["G1"]
    assert play.failures("G1") == {"A": ["A1"]}
    play.finish("G1")
    assert play.end() == EndRun()


def test_rules_over_the_same_nodes_apply_together() -> None:
    """Of three rules over one node, those whose conditions hold start their fallbacks in one step."""
    spec = flow(
        edge("", "A"),
        failures=(rule("A", "F", when="yes"), rule("A", "G", when="no"), rule("A", "H H")),
    )
    play = Play(spec, true="yes")
    play.start()
    assert play.fail("A1") == ["F1", "H1", "H2"]
    assert [event.fallback for event in play.traced(FallbackStart)] == [("F",), ("H", "H")]


def test_a_rule_whose_condition_is_false_answers_nothing() -> None:
    """Smaller combinations are tried, and without any the flow fails."""
    spec = flow(edge("", "A B"), failures=(rule("A B", "F", when="no"), rule("A", "G")))
    play = Play(spec, node_args=3)
    play.start()
    assert play.fail("A1", "B1") == ["G1"]
    assert play.finish("G1") == []
    assert play.unanswered == {"B": ["B1"]}
    (ask,) = play.asks
    assert isinstance(ask, AskCondition)
    assert (ask.tasks, ask.node_args) == ({}, 3)


def test_forgiving_ends_the_flow_well() -> None:
    """A rule without fallback nodes answers all failures of its node, and the next combination's turn comes."""
    spec = flow(edge("", "A A B"), failures=(rule("A"), rule("B", "F")))
    play = Play(spec)
    play.start()
    assert play.fail("A1", "A2", "B1") == ["F1"]
    play.finish("F1")
    assert play.end() == EndRun()
    assert play.archive == ["F1"]


def test_a_failure_may_be_answered_and_still_fail_the_flow() -> None:
    """With `propagate_failure` the fallback runs, and then the flow fails with what it answered."""
    play = Play(flow(edge("", "A"), failures=(rule("A", "F", propagate_failure=True),)))
    play.start()
    assert play.fail("A1") == ["F1"]
    assert play.end() is None
    play.finish("F1")
    assert isinstance(play.end(), FailRun)
    assert play.unanswered == {"A": ["A1"]}


def test_a_fallback_can_have_a_fallback() -> None:
    """A fallback that fails is a failed node like any other, and edges from fallbacks fire."""
    spec = flow(
        edge("", "A"), edge("G", "B"), failures=(rule("A", "F"), rule("F", "G"), rule("B", "A"))
    )
    play = Play(spec)
    play.start()
    assert play.fail("A1") == ["F1"]
    assert play.fail("F1") == ["G1"]
    assert play.finish("G1") == ["B1"]
    assert play.fail("B1") == ["A2"]
    assert play.fail("A2") == ["F2"]
    play.finish("F2")
    assert play.end() == EndRun()


def test_a_nowait_fallback_counts_as_recovery() -> None:
    """A nowait fallback is not waited for, does not keep the next combination waiting, and the flow succeeds."""
    spec = flow(edge("", "A B"), failures=(rule("A", "N"), rule("B", "F")), nowait=("N",))
    play = Play(spec)
    play.start()
    assert play.fail("A1", "B1") == ["N1", "F1"]
    play.finish("F1")
    assert play.end() == EndRun()
    alone = Play(flow(edge("", "A"), failures=(rule("A", "N"),), nowait=("N",)))
    alone.start()
    assert alone.fail("A1") == ["N1"]
    assert alone.end() == EndRun()


# Eager failures


@pytest.mark.parametrize("eager", [True, ("A",)])
def test_an_eager_failure_fails_the_flow_at_once(eager: bool | tuple[str, ...]) -> None:
    """No edge fires and no fallback runs; nodes that finished in the same step are noted, others stay active."""
    spec = flow(edge("", "A B C"), edge("B", "D"), failures=(rule("A", "F"),), eager_failures=eager)
    play = Play(spec)
    play.start()
    finished = NodeFinished(play.id("B1"), "B")
    failed = NodeFailed(play.id("A1"), "A", "broken")
    assert play.step(failed, finished) == []
    assert isinstance(play.end(), FailRun)
    assert play.unanswered == {"A": ["A1"]}
    assert "`A`" in play.end().reason
    assert (play.archive, play.run.active) == (["B1"], {"C": 1})
    assert [event.node_name for event in play.traced(EagerFailure)] == ["A"]
    assert [event.node_name for event in play.traced(NodeSuccessful)] == ["B"]


def test_names_that_are_not_eager_fail_as_usual() -> None:
    """Only nodes that are listed fail the flow at once; the failures seen so far are part of its result."""
    play = Play(flow(edge("", "A B C"), eager_failures=("A",)))
    play.start()
    play.fail("B1")
    assert play.end() is None
    assert [event.node_name for event in play.traced(NodeFailure)] == ["B"]
    play.fail("A1")
    assert play.unanswered == {"B": ["B1"], "A": ["A1"]}


# Attempts


def test_a_flow_is_retried_as_often_as_it_may_be() -> None:
    """`max_retry` of 2 makes three attempts, each with everything anew and ids of its own."""
    play = Play(flow(edge("", "A B"), edge("A B", "C"), max_retry=2, retry_countdown=3))
    for attempt in (1, 2):
        assert play.run.attempt == attempt
        play.start()
        play.finish(f"A{attempt}")
        play.fail(f"B{attempt}")
        assert play.end().countdown == 3
        assert play.unanswered == {"B": [f"B{attempt}"]}
        assert (play.run.started, play.run.finished, play.run.active) == (False, {}, {})
    play.start()
    assert play.finish("B3") == []
    play.fail("A3")
    assert isinstance(play.end(), FailRun)
    assert play.run.attempt == 3


def test_an_eager_failure_is_retried_too() -> None:
    """The limit of attempts holds for eager failures as well."""
    play = Play(flow(edge("", "A B"), eager_failures=True, max_retry=1))
    play.start()
    play.fail("A1")
    assert isinstance(play.end(), RestartRun)
    play.start()
    play.fail("B2")
    assert isinstance(play.end(), FailRun)


# User code that raises


@pytest.mark.parametrize("attempts", [1, 2])
def test_user_code_that_raises_fails_the_attempt_and_starts_nothing(attempts: int) -> None:
    """A condition that raises lets the flow fail with its reason; what other edges would start does not start."""
    edges = (edge("", "A"), edge("A", "B"), edge("A", "C", when="c"))
    play = Play(flow(*edges, max_retry=attempts - 1), answer=lambda ask: UserError("it broke"))
    for attempt in range(1, attempts + 1):
        play.start()
        assert play.finish(f"A{attempt}") == []
        assert play.end().reason == "it broke"
        assert isinstance(play.end(), RestartRun if attempt < attempts else FailRun)
    assert play.run.ended
    assert play.run.finished == {"A": 1}
    assert play.archive == [f"A{attempts}"]


def test_user_code_that_raises_at_the_start_or_in_foreach() -> None:
    """A starting condition and a foreach function fail the flow in the same way."""
    for spec in (flow(edge("", "A"), edge("", "B", when="c")), flow(edge("", "A", foreach=True))):
        play = Play(spec, answer=lambda ask: UserError("it broke"))
        assert play.start() == []
        assert play.end() == FailRun(failed={}, reason="it broke")


def test_a_condition_of_a_rule_that_raises_fails_the_flow() -> None:
    """Nothing is answered, so the failures are part of the result."""
    spec = flow(edge("", "A B"), failures=(rule("A", "F", when="c"), rule("B")))
    play = Play(spec, answer=lambda ask: UserError("it broke"))
    play.start()
    assert play.fail("A1", "B1") == []
    assert play.end().reason == "it broke"
    assert play.unanswered == {"A": ["A1"], "B": ["B1"]}


# Steps are values


def test_a_step_that_is_repeated_is_equal() -> None:
    """The same slice, events and answers come to equal outcomes, ids included, and nothing that was given changes."""
    spec = flow(edge("", "A A B"), edge("A B", "C", when="c"), failures=(rule("A", "F"),))
    play = Play(spec, true="c", node_args={"n": [1]})
    play.start()
    play.finish("A1")
    before = play.run
    events = (NodeFailed(play.id("A2"), "A", "broken"), NodeFinished(play.id("B1"), "B"))
    first, second = play.decide(*events), play.decide(*events)
    assert first == second
    assert play.run == before
    assert [command.name for command in first.commands if isinstance(command, StartTask)] == ["C"]


def test_answers_are_wanted_before_the_outcome() -> None:
    """A step has no outcome while it asks."""
    step = begin(flow(edge("", "A", when="c")), Slice(run=first_run("r", "flow", None)), [Start()])
    with pytest.raises(AssertionError):
        _ = step.outcome
    step.answer(True)
    assert [type(command) for command in step.outcome.commands] == [StartTask]
    with pytest.raises(AssertionError):
        step.answer(True)


def test_runs_and_attempts_have_ids_of_their_own() -> None:
    """The same place in another run, or in another attempt, is another node."""
    ids = set()
    for run in ("r1", "r2"):
        for attempt in (1, 2):
            record = replace(first_run(run, "flow", None), attempt=attempt)
            step = begin(flow(edge("", "A")), Slice(run=record), [Start()])
            ids |= {
                command.id for command in step.outcome.commands if isinstance(command, StartTask)
            }
    assert len(ids) == 4
