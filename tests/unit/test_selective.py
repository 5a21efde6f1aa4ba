"""Selective runs: which edges are chosen, and what the engine does with the choice."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from selinon.abi import EdgeSpec, FlowSpec, Reference, SelectiveSpec
from selinon.engine import (
    Ask,
    AskReuse,
    AskSelection,
    EndRun,
    FailRun,
    NodeFinished,
    Selection,
    Slice,
    Start,
    StartFlow,
    StartTask,
    begin,
    first_run,
    needs,
    select,
)
from selinon.errors import SelectiveNoPathError
from selinon.trace.events import SelectiveOmitEdge, SelectiveOmitNode, SelectiveTaskReuse


def flow(name: str, *ends: str, subflows: str = "", **details: Any) -> FlowSpec:
    """Return a flow; each edge is written `sources>destinations` and has its position as its key."""
    edges = []
    for number, end in enumerate(ends):
        sources, destinations = end.split(">")
        edges.append(
            EdgeSpec(
                key=str(number),
                sources=tuple(sources.split()),
                destinations=tuple(destinations.split()),
            )
        )
    return FlowSpec(
        name=name, fingerprint="", edges=tuple(edges), subflows=tuple(subflows.split()), **details
    )


def chosen(flows: Sequence[FlowSpec], *tasks: str, **options: Any) -> Any:
    """Return the edges chosen in a run of the first flow, by flow and key."""
    by_name = {spec.name: spec for spec in flows}
    found = select(flows[0].name, by_name.__getitem__, tasks, **options)
    return {
        name: {key: set(names) for key, names in parts.items()}
        for name, parts in found.edges.items()
    }


JOINED = flow("f", ">T1 T2", "T1 T2>T3", "T1>T4", "T3 T4>T5", "T3>T6")


def test_all_paths_to_all_wanted_nodes_are_chosen() -> None:
    """Paths are united; what leads nowhere wanted is left out."""
    assert chosen([JOINED], "T3", "T4") == {
        "f": {"0": {"T1", "T2"}, "1": {"T3"}, "2": {"T4"}},
    }


def test_an_edge_back_into_the_path_belongs_to_it() -> None:
    """Cycles among what leads to a wanted node are kept whole."""
    spec = flow("f", ">T1 T2", "T1>T3", "T2>T4", "T4>T2")
    assert chosen([spec], "T4") == {"f": {"0": {"T2"}, "2": {"T4"}, "3": {"T2"}}}


def test_what_only_a_fallback_starts_supports_nothing() -> None:
    """An edge whose sources no edge leads to is on no path."""
    spec = flow("f", ">A", "B>C", "A>C")
    assert chosen([spec], "C") == {"f": {"0": {"A"}, "2": {"C"}}}
    with pytest.raises(SelectiveNoPathError, match="no path leads to `D` in flow `f`"):
        chosen([flow("f", ">A", "B>D")], "D")


def test_what_follows_runs_with_all_its_destinations() -> None:
    """With `run_subsequent`, edges whose sources are wanted, or started by such edges, are added whole."""
    spec = flow("f", ">A", "A>B C", "B>D", "C>E", "D>A B")
    assert chosen([spec], "B") == {"f": {"0": {"A"}, "1": {"B"}, "2": {"D"}, "4": {"A", "B"}}}
    assert chosen([spec], "B", run_subsequent=True)["f"] == {
        "0": {"A"},
        "1": {"B", "C"},
        "2": {"D"},
        "3": {"E"},
        "4": {"A", "B"},
    }
    assert chosen([flow("f", ">A B", "A>B C")], "A", run_subsequent=["other"]) == {
        "f": {"0": {"A"}}
    }


def test_subflows_are_looked_into_when_followed() -> None:
    """A sub-flow with something wanted is on the path; others that are on the path are left whole."""
    top = flow("top", ">whole", "whole>A", "A>inner other", subflows="whole inner other")
    inner = flow("inner", ">B", "B>C D")
    whole, other = flow("whole", ">X"), flow("other", ">Y")
    assert chosen([top, inner, whole, other], "C", follow_subflows=True) == {
        "top": {"0": {"whole"}, "1": {"A"}, "2": {"inner"}},
        "inner": {"0": {"B"}, "1": {"C"}},
    }
    with pytest.raises(SelectiveNoPathError):
        chosen([top, inner, whole, other], "C")


def test_flows_that_hold_each_other_are_followed_once() -> None:
    """Recursion among sub-flows comes to an end, and paths lead through all of them."""
    top = flow("top", ">A inner", subflows="inner")
    inner = flow("inner", ">B", "B>top C", subflows="top")
    assert chosen([top, inner], "C", follow_subflows=True) == {
        "top": {"0": {"inner"}},
        "inner": {"0": {"B"}, "1": {"C"}},
    }


def test_chained_diamonds_take_no_time() -> None:
    """Paths are not counted one by one: there are more than a million of them here."""
    ends = [">N0"]
    for number in range(20):
        ends += [f"N{number}>L{number} R{number}"]
        ends += [f"{side}{number}>N{number + 1}" for side in "LR"]
    spec = flow("f", *ends)
    started = time.process_time()
    assert len(chosen([spec], "N20")["f"]) == len(ends)
    assert time.process_time() - started < 1


class Play:
    """A selective run of a flow, driven by hand; `reuse` says which tasks have earlier results."""

    def __init__(
        self, spec: FlowSpec, selection: Selection | None, reuse: Mapping[str, str] = {}
    ) -> None:
        self.flow, self.reuse = spec, reuse
        self.run = first_run("run", spec.name, {"n": 1}, selection=selection)
        self.joined: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.traces: list[Any] = []
        self.commands: list[Any] = []

    def step(self, *events: Any) -> list[str]:
        """Take a step; return the names of what starts, and of the class of another command."""
        names = needs(self.flow, self.run, events)
        joined = {name: tuple(self.joined.get(name, ())) for name in names}
        step = begin(self.flow, Slice(run=self.run, joined=joined), events)
        while step.ask is not None:
            step.answer(self._answer(step.ask))
        outcome = step.outcome
        self.run, self.commands = outcome.run, list(outcome.commands)
        self.traces = list(outcome.traces)
        for name, id in outcome.joined:
            self.joined.setdefault(name, []).append(id)
        return [getattr(command, "name", type(command).__name__) for command in self.commands]

    def finish(self, name: str) -> list[str]:
        """Let a node finish."""
        return self.step(NodeFinished(f"id of {name}", name))

    def _answer(self, ask: Ask) -> Any:
        match ask:
            case AskReuse(name=name):
                self.asked.append(name)
                return self.reuse.get(name)
            case AskSelection():
                return Selection(tasks=("X",), edges={"inner": {"0": ("X",)}})
            case _:
                raise AssertionError(ask)


def selected(spec: FlowSpec, *tasks: str, **options: Any) -> Selection:
    """Return the selection of tasks in one flow."""
    return select(spec.name, {spec.name: spec}.__getitem__, tasks, **options)


def test_only_what_is_chosen_starts() -> None:
    """Edges outside the choice do not fire, and of the others only the chosen destinations start."""
    play = Play(JOINED, selected(JOINED, "T4"))
    assert play.step(Start()) == ["T1"]
    assert [
        trace.omitted_node for trace in play.traces if isinstance(trace, SelectiveOmitNode)
    ] == ["T2"]
    assert play.finish("T1") == ["T4"]
    assert play.finish("T4") == ["EndRun"]


def test_a_starting_edge_outside_the_choice_is_left_out() -> None:
    """It counts as fired, and starts nothing."""
    spec = flow("f", ">A", ">B")
    play = Play(spec, selected(spec, "B"))
    assert play.step(Start()) == ["B"]
    assert play.run.fired == {"0": 1, "1": 1}
    assert sum(isinstance(trace, SelectiveOmitEdge) for trace in play.traces) == 1


def test_earlier_results_are_passed_over_in_one_step() -> None:
    """A chain of tasks with earlier results collapses; the wanted task is run, whatever there is of it."""
    spec = flow("f", ">A", "A>B", "B>C")
    play = Play(spec, selected(spec, "C"), {"A": "old a", "B": "old b", "C": "old c"})
    assert play.step(Start()) == ["C"]
    assert play.asked == ["A", "B"]
    assert play.commands[0].parent == {"B": "old b"}
    assert play.run.finished == {"A": 1, "B": 1}
    reused = [trace.task_id for trace in play.traces if isinstance(trace, SelectiveTaskReuse)]
    assert reused == ["old a", "old b"]


def test_an_earlier_result_takes_part_in_joins() -> None:
    """What is reused combines with what finishes later."""
    spec = flow("f", ">A B", "A B>C")
    play = Play(spec, selected(spec, "C"), {"A": "old a"})
    assert play.step(Start()) == ["B"]
    assert play.finish("B") == ["C"]
    assert play.commands[0].parent == {"A": "old a", "B": "id of B"}


def test_a_run_may_consist_of_earlier_results() -> None:
    """A flow all of whose chosen tasks are reused ends well in its first step."""
    spec = flow("f", ">A", "A>inner", subflows="inner")
    play = Play(spec, Selection(tasks=("X",), edges={"f": {"0": ("A",)}}), {"A": "old"})
    assert play.step(Start()) == ["EndRun"]


def test_what_follows_is_always_run() -> None:
    """The selective run function is not asked about tasks that depend on what is wanted."""
    spec = flow("f", ">A", "A>B", "B>C")
    play = Play(spec, selected(spec, "A", run_subsequent=True), {"B": "old", "C": "old"})
    assert play.step(Start()) == ["A"]
    assert play.finish("A") == ["B"]
    assert play.finish("B") == ["C"]
    assert play.asked == []


def test_earlier_results_in_a_circle_fail_the_flow() -> None:
    """A cycle of tasks that are all reused would never end; the flow fails and says why."""
    spec = flow("f", ">A", "A>B", "B>A", "B>C")
    play = Play(spec, selected(spec, "C"), {"A": "old a", "B": "old b"})
    assert play.step(Start()) == ["FailRun"]
    assert isinstance(play.commands[0], FailRun)
    assert "reused without end" in str(play.commands[0].reason)


def test_a_subflow_on_the_way_runs_as_a_whole() -> None:
    """A sub-flow inherits the choice when something in it is chosen, else it is not restricted."""
    top = flow("top", ">whole inner", "whole inner>A", subflows="whole inner")
    selection = Selection(
        tasks=("A", "X"),
        edges={"top": {"0": ("whole", "inner"), "1": ("A",)}, "inner": {"0": ("X",)}},
    )
    play = Play(top, selection)
    play.step(Start())
    whole, inner = play.commands
    assert isinstance(whole, StartFlow)
    assert isinstance(inner, StartFlow)
    assert whole.selection is None
    assert inner.selection == selection


def test_an_edge_may_restrict_its_subflow() -> None:
    """`selective` on an edge is computed when the edge fires; the run itself is not restricted."""
    edge = EdgeSpec(
        key="0", sources=(), destinations=("inner",), selective=SelectiveSpec(tasks=("X",))
    )
    spec = FlowSpec(name="f", fingerprint="", edges=(edge,), subflows=("inner",))
    play = Play(spec, None)
    play.step(Start())
    assert play.commands[0].selection.tasks == ("X",)


def test_a_reused_first_task_gives_the_arguments() -> None:
    """With `node_args_from_first`, an earlier result of the first task counts as that of the first task."""
    spec = flow("f", ">A", "A>B", node_args_from_first=True)

    class Reading(Play):
        def _answer(self, ask: Ask) -> Any:
            return {"from": "old"} if hasattr(ask, "id") else super()._answer(ask)

    play = Reading(spec, selected(spec, "B"), {"A": "old a"})
    assert play.step(Start()) == ["B"]
    command = play.commands[0]
    assert isinstance(command, StartTask)
    assert command.node_args == {"from": "old"}


def test_a_normal_run_asks_no_function() -> None:
    """Selective run functions have no say where nothing is selected."""
    play = Play(JOINED, None, {"T1": "old"})
    assert play.step(Start()) == ["T1", "T2"]
    assert play.asked == []
    assert isinstance(play.run.selection, type(None))
    assert Reference("selinon.routines", "always_run").resolve()("f", "A", None, [], None) is None
    assert not isinstance(play.commands[0], EndRun)
