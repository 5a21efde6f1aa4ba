"""Answering the engine: the code of users that decides what happens next, and the results that it looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, assert_never

from selinon.abi import EdgeSpec, FailureSpec
from selinon.engine import (
    Ask,
    AskCondition,
    AskFailed,
    AskFinished,
    AskForeach,
    AskResult,
    AskReuse,
    AskSelection,
    NodeTree,
    Step,
    UserError,
    select,
)
from selinon.errors import StorageError
from selinon.execution import STOPS, Stops, one_line
from selinon.plain import copied
from selinon.registry import Deployment
from selinon.storages.pool import StoragePool

__all__ = ["EndedRuns", "answer_all"]


class EndedRuns(Protocol):
    """Where it is recorded how runs ended."""

    def finished(self, id: str) -> NodeTree:
        """Return what finished in a run."""

    def failed(self, id: str) -> NodeTree:
        """Return the failures that made a run fail."""


class _Results(Mapping[str, Any]):
    """Results of tasks by name, each read from its storage when it is looked up; those of sub-flows by their tasks."""

    def __init__(
        self, deployment: Deployment, store: EndedRuns, flow: str, ask: AskCondition
    ) -> None:
        self._deployment = deployment
        self._store = store
        self._flow = flow
        self._tasks = ask.tasks
        self._flows = ask.flows

    def __getitem__(self, name: str) -> Any:
        if name in self._flows:
            finished = self._store.finished(self._flows[name]).tasks
            return {
                task: _Several(self._deployment, name, task, finished.get(task, ()))
                for task in self._deployment.package.task_names
            }
        return self._deployment.storages.retrieve(self._flow, name, self._tasks[name])

    def __iter__(self) -> Iterator[str]:
        return iter((*self._tasks, *self._flows))

    def __len__(self) -> int:
        return len(self._tasks) + len(self._flows)


class _Several(Sequence[Any]):
    """Results of one task of a sub-flow, each read when it is looked up."""

    def __init__(self, deployment: Deployment, flow: str, task: str, ids: Sequence[str]) -> None:
        self._deployment = deployment
        self._flow = flow
        self._task = task
        self._ids = ids

    def __getitem__(self, place: Any) -> Any:
        return self._deployment.storages.retrieve(self._flow, self._task, self._ids[place])

    def __len__(self) -> int:
        return len(self._ids)


_AskUser: TypeAlias = AskCondition | AskForeach | AskResult | AskSelection | AskReuse
"""What may run code of users."""


def answer_all(
    deployment: Deployment, store: EndedRuns, flow: str, step: Step, *, stops: Stops = STOPS
) -> None:
    """Answer a step of a run of a flow until it asks nothing any more.

    What user code raises is an answer, too, except for exceptions of the kinds `stops`.

    Raises:
        StorageError: a storage could not be read. The step is to be repeated later; nothing of it was written.
    """
    while step.ask is not None:
        step.answer(_answer(deployment, store, flow, step.ask, stops))


def _answer(deployment: Deployment, store: EndedRuns, flow: str, ask: Ask, stops: Stops) -> Any:
    if isinstance(ask, AskFinished):
        return store.finished(ask.id)
    if isinstance(ask, AskFailed):
        return store.failed(ask.id)
    try:
        return _ask_user(deployment, store, flow, ask)
    except StorageError:
        raise
    except BaseException as error:
        if isinstance(error, stops):
            raise
        return UserError(f"{_place(flow, ask)}: {one_line(error)}")


def _ask_user(deployment: Deployment, store: EndedRuns, flow: str, ask: _AskUser) -> Any:
    match ask:
        case AskResult(name=name, id=id):
            return deployment.storages.retrieve(flow, name, id)
        case AskCondition(place=place, node_args=node_args):
            assert place.condition is not None, (
                "only conditions that are not always true are asked for"
            )
            return place.condition(_Results(deployment, store, flow, ask), copied(node_args))
        case AskForeach(edge=edge, tasks=tasks, node_args=node_args):
            assert edge.foreach is not None, "only edges with a foreach function ask for items"
            found = edge.foreach.function.resolve()(StoragePool(tasks, flow), copied(node_args))
            # A generator may change and yield one and the same object again.
            return [copied(item) for item in found] if found else []
        case AskSelection(edge=edge, name=name):
            assert edge.selective is not None, "only selective edges ask"
            return select(
                name,
                deployment.flow,
                edge.selective.tasks,
                follow_subflows=edge.selective.follow_subflows,
                run_subsequent=edge.selective.run_subsequent,
            )
        case AskReuse(name=name, tasks=tasks, node_args=node_args, wanted=wanted):
            function = deployment.task(name).selective_run_function
            if function is None:
                return None
            pool = StoragePool(tasks, flow)
            return function.resolve()(flow, name, copied(node_args), list(wanted), pool)
        case _:
            assert_never(ask)


def _place(flow: str, ask: _AskUser) -> str:
    """Return where user code raised, in the terms of the configuration."""
    if isinstance(ask, AskResult):
        return f"in flow `{flow}`, the result of `{ask.name}` as arguments"
    place = ask.place if isinstance(ask, AskCondition) else ask.edge
    where = f"in flow `{flow}`, "
    match place:
        case EdgeSpec():
            where += f"edge from {list(place.sources)} to {list(place.destinations)}"
        case FailureSpec():
            where += f"failure of {list(place.nodes)}"
        case _:
            assert_never(place)
    if isinstance(ask, AskSelection):
        return f"{where}, selective"
    if isinstance(ask, AskReuse):
        return f"{where}, selective run function of `{ask.name}`"
    if isinstance(ask, AskForeach) and ask.edge.foreach is not None:
        return f"{where}, foreach {ask.edge.foreach.function}"
    return f"{where}, condition {place.condition_text}"
