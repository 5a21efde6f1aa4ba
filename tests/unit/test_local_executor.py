"""The local executor: flows of real configurations, run to their end in this process."""

from __future__ import annotations

import importlib
import itertools
import random
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from selinon import registry
from selinon.config import Config
from selinon.errors import UnknownFlowError
from selinon.local import Clock, LocalExecutor, RealClock, RunResult, VirtualClock
from selinon.local.schedule import Schedule
from selinon.local.throttle import Throttle
from selinon.local.workers import ThreadWorkers
from selinon.trace import Event
from selinon.trace.events import DispatcherWakeup, FlowFailure, FlowRetry, TaskRetry

_NUMBERS = itertools.count()

CODE = '''
import threading
from selinon import DataStorage, FatalTaskError, SelinonTask
from selinon.storages.memory import InMemoryStorage

RUNS = []
TRIES = {}

def tried(name):
    TRIES[name] = TRIES.get(name, 0) + 1
    return TRIES[name]

class Plain(SelinonTask):
    """Notes that it runs, and returns its arguments."""
    def run(self, node_args):
        RUNS.append((self.flow_name, self.task_name, node_args, self.parent, self.task_id))
        return node_args
'''

STORAGE = "storages: [{name: Memory, import: selinon.storages.memory, classname: InMemoryStorage}]"


class Application:
    """A configuration in use; `code` is the module with its tasks."""

    def __init__(self, code: ModuleType) -> None:
        self.code = code
        self.deployment = registry.current()
        self.events: list[Event] = []
        self.deployment.tracer.sinks = (self,)

    def handle(self, event: Event, details: dict[str, Any]) -> None:
        """Keep an event, as a sink of the tracer."""
        self.events.append(event)

    def run(
        self,
        flow: str = "main",
        args: Any = None,
        *,
        concurrency: int = 1,
        clock: Clock | None = None,
    ) -> RunResult:
        """Run a flow in an executor of its own."""
        executor = LocalExecutor(self.deployment, concurrency=concurrency, clock=clock)
        return executor.run(flow, args)

    def traced(self, kind: type[Event]) -> list[Any]:
        """Return the events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def ran(self) -> list[str]:
        """The names of the tasks that noted that they ran."""
        return [name for _, name, *_ in self.code.RUNS]


Configure = Callable[[str, str], Application]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Return a function that takes YAML and the text of its module, which YAML calls `code`."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    made: list[str] = []

    def use(yaml: str, text: str = "") -> Application:
        name = f"local_executor_code_{next(_NUMBERS)}"
        made.append(name)
        Path(f"{name}.py").write_text(CODE + text)
        Path("nodes.yaml").write_text(yaml.replace("import: code", f"import: {name}"))
        importlib.invalidate_caches()
        Config.set_config_yaml("nodes.yaml", "nodes.yaml")
        return Application(importlib.import_module(name))

    yield use
    for name in made:
        sys.modules.pop(name, None)


# How many at a time

PARALLEL = f"""
tasks:
  - &plain {{name: A, import: code, classname: Plain, storage: Memory, queue: left}}
  - {{<<: *plain, name: B, queue: right}}
  - {{<<: *plain, name: C}}
  - {{<<: *plain, name: D, classname: Breaks}}
  - {{<<: *plain, name: E}}
flows: [main, inner]
{STORAGE}
flow-definitions:
  - name: main
    propagate_finished: true
    edges:
      - {{from: , to: [A, B, B]}}
      - {{from: [A, B], to: [C, inner]}}
      - {{from: inner, to: D}}
      - {{from: C, to: E, foreach: {{import: code, function: three}}}}
    failures: {{nodes: D, fallback: true}}
  - name: inner
    edges: [{{from: , to: A}}, {{from: A, to: [B, C]}}]
"""

PARALLEL_CODE = """
def three(pool, node_args):
    return range(3)

class Breaks(Plain):
    def run(self, node_args):
        super().run(node_args)
        raise ValueError("broken")
"""


def _shape(application: Application) -> Counter[Any]:
    """Return what ran, with ids replaced by how often they occur."""
    return Counter(
        (flow, name, tuple(sorted(parent)), len(str(parent)))
        for flow, name, _, parent, _ in application.code.RUNS
    )


def test_concurrency_changes_nothing_about_what_runs(configure: Configure) -> None:
    """One task at a time or four: the same tasks run with parents of the same form, and the flow ends alike."""
    alone, together = (configure(PARALLEL, PARALLEL_CODE) for _ in range(2))
    registry.set_current(alone.deployment)
    first = alone.run()
    registry.set_current(together.deployment)
    second = together.run(concurrency=4)
    assert _shape(alone) == _shape(together)
    assert len(alone.code.RUNS) == 3 + 2 + 2 * 3 + 2 + 2 * 3
    assert first.state == second.state == "succeeded"
    assert _counts(first) == _counts(second) == {"A": 1, "B": 2, "C": 2, "inner": 2, "E": 6}


def _counts(result: RunResult) -> dict[str, int]:
    return {name: len(ids) for name, ids in result.nodes["finished_nodes"].items()}


def test_tasks_run_side_by_side_as_far_as_concurrency_allows(configure: Configure) -> None:
    """With a concurrency of three, three tasks meet; a fourth has to wait."""
    yaml = """
    tasks: [{name: A, import: code}]
    flows: [main]
    flow-definitions: [{name: main, edges: [{from: , to: [A, A, A, A, A, A]}]}]
    """
    code = """
BARRIER = threading.Barrier(3)
RUNNING, MOST = set(), []
class A(SelinonTask):
    def run(self, node_args):
        RUNNING.add(self.task_id)
        BARRIER.wait(timeout=10)
        MOST.append(len(RUNNING))
        BARRIER.wait(timeout=10)
        RUNNING.discard(self.task_id)
"""
    application = configure(yaml, code)
    assert application.run(concurrency=3).state == "succeeded"
    assert set(application.code.MOST) == {3}


def test_waiting_for_tasks_does_not_spin(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While all places are taken, and others wait for one, the executor sleeps until a task ends."""
    yaml = """
    tasks: [{name: A, import: code}]
    flows: [main]
    flow-definitions: [{name: main, edges: [{from: , to: [A, A, A, A]}]}]
    """
    code = """
import time
class A(SelinonTask):
    def run(self, node_args):
        time.sleep(0.05)
"""
    calls = []
    wait = ThreadWorkers.wait

    def counted(workers: ThreadWorkers, timeout: float | None) -> Any:
        if timeout != 0:
            calls.append(timeout)
        return wait(workers, timeout)

    monkeypatch.setattr(ThreadWorkers, "wait", counted)
    assert configure(yaml, code).run(concurrency=2).state == "succeeded"
    assert 0 < len(calls) <= 8


# Attempts of tasks

ONE_TASK = """
tasks: [{{name: A, import: code, {details}}}]
flows: [main]
flow-definitions: [{{name: main, edges: [{{from: , to: A}}], {flow}}}]
"""


def one_task(details: str = "max_retry: 0", flow: str = "max_retry: 0") -> str:
    """Return a configuration of one flow with one task."""
    return ONE_TASK.format(details=details, flow=flow)


FAILS_TWICE = """
class A(Plain):
    def run(self, node_args):
        super().run(node_args)
        if tried("A") < 3:
            raise ValueError(f"attempt {TRIES['A']}")
"""


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_task_is_retried(configure: Configure, concurrency: int) -> None:
    """With `max_retry` of 2 the third attempt counts; all have the same id and arguments."""
    application = configure(one_task("max_retry: 2"), FAILS_TWICE)
    result = application.run(args={"n": 1}, concurrency=concurrency)
    assert (result.state, result.reasons) == ("succeeded", {})
    assert len(application.code.RUNS) == 3
    assert len({(str(args), id) for _, _, args, _, id in application.code.RUNS}) == 1
    assert [event.retried_count for event in application.traced(TaskRetry)] == [0, 1]


def test_retries_are_used_up(configure: Configure) -> None:
    """With `max_retry` of 1 the second failure is final; its text is the reason."""
    application = configure(one_task("max_retry: 1"), FAILS_TWICE)
    result = application.run()
    assert result.state == "failed"
    assert list(result.reasons.values()) == ["ValueError: attempt 2"]
    assert list(result.nodes["failed_nodes"].values()) == [list(result.reasons)]
    assert (result.nodes["finished_nodes"], result.results, result.reason) == ({}, (), None)


def test_a_retry_waits_for_its_countdown(configure: Configure) -> None:
    """Between two attempts there are at least `retry_countdown` seconds."""
    yaml = one_task("max_retry: 1, retry_countdown: 1")
    code = """
import time
class A(SelinonTask):
    def run(self, node_args):
        RUNS.append(time.monotonic())
        if len(RUNS) == 1:
            raise ValueError
"""
    application = configure(yaml, code)
    assert application.run().state == "succeeded"
    first, second = application.code.RUNS
    assert second - first >= 1


def test_a_retry_that_the_task_asks_for_does_not_count(configure: Configure) -> None:
    """`retry` takes none of the attempts of `max_retry`."""
    code = """
class A(Plain):
    def run(self, node_args):
        super().run(node_args)
        if tried("A") <= 3:
            self.retry()
        if TRIES["A"] == 4:
            raise ValueError("counts")
"""
    application = configure(one_task("max_retry: 1"), code)
    assert application.run().state == "succeeded"
    assert len(application.code.RUNS) == 5
    retries = [(event.user_retry, event.retried_count) for event in application.traced(TaskRetry)]
    assert retries == [(True, 0)] * 3 + [(False, 0)]


def test_a_fatal_error_is_final(configure: Configure) -> None:
    """A task that raises `FatalTaskError` does not run again."""
    code = """
class A(Plain):
    def run(self, node_args):
        super().run(node_args)
        raise FatalTaskError("no use")
"""
    application = configure(one_task("max_retry: 5"), code)
    result = application.run()
    assert (result.state, application.ran) == ("failed", ["A"])
    assert list(result.reasons.values()) == ["selinon.errors.FatalTaskError: no use"]


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("raised", ["SystemExit(0)", "GeneratorExit()", "Stop('odd')"])
def test_a_task_cannot_end_the_executor(
    configure: Configure, concurrency: int, raised: str
) -> None:
    """A task that calls `sys.exit`, or raises what is no `Exception`, fails like any other, retries included."""
    code = f"""
class Stop(BaseException):
    pass
class A(Plain):
    def run(self, node_args):
        super().run(node_args)
        raise {raised}
"""
    application = configure(one_task("max_retry: 1"), code)
    result = application.run(concurrency=concurrency)
    assert (result.state, application.ran) == ("failed", ["A", "A"])
    (reason,) = result.reasons.values()
    assert raised.partition("(")[0] in reason


def test_an_interrupt_ends_the_executor(configure: Configure) -> None:
    """`KeyboardInterrupt` is for the process, wherever it comes up."""
    code = """
class A(SelinonTask):
    def run(self, node_args):
        raise KeyboardInterrupt
"""
    application = configure(one_task(), code)
    for concurrency in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            application.run(concurrency=concurrency)


def test_a_result_against_the_schema_fails_the_attempt(configure: Configure) -> None:
    """Such a result is not stored, and the task is tried again."""
    Path("schema.json").write_text('{"type": "integer"}')
    yaml = f"""
    tasks: [{{name: A, import: code, max_retry: 1, storage: Memory, output_schema: schema.json}}]
    flows: [main]
    {STORAGE}
    flow-definitions: [{{name: main, edges: [{{from: , to: A}}]}}]
    """
    code = """
class A(SelinonTask):
    def run(self, node_args):
        RUNS.append(1)
        return node_args[len(RUNS) - 1]
"""
    application = configure(yaml, code)
    result = application.run(args=["text", 5])
    assert result.state == "succeeded"
    assert [value for _, _, value in result.results] == [5]
    application.code.RUNS.clear()
    result = application.run(args=["text", "text"])
    assert result.state == "failed"
    (reason,) = result.reasons.values()
    assert reason.endswith("ValidationError: 'text' is not of type 'integer'")


def test_a_class_need_not_derive_from_the_base(configure: Configure) -> None:
    """Any class that takes the documented arguments and has `run` is a task."""
    code = """
class A:
    def __init__(self, flow_name, task_name, parent, task_id, dispatcher_id):
        self.names = (flow_name, task_name)
    def failed(self):
        return "a method of the user"
    def run(self, node_args):
        return [*self.names, self.failed()]
"""
    result = configure(one_task(), code).run()
    assert [value for _, _, value in result.results] == [["main", "A", "a method of the user"]]


def test_tasks_share_no_arguments(configure: Configure) -> None:
    """A task that changes its arguments or parents changes them for nobody else, nor for its next attempt."""
    yaml = """
    tasks: [{name: A, import: code, max_retry: 1}, {name: B, import: code, classname: Plain}]
    flows: [main]
    flow-definitions: [{name: main, edges: [{from: , to: [A, B]}, {from: A, to: A}]}]
    """
    code = """
class A(Plain):
    def run(self, node_args):
        super().run(dict(node_args))
        assert node_args == {"list": [1]}
        node_args["list"].append(2)
        node_args.clear()
        self.parent.clear()
        if tried("A") == 1:
            raise ValueError
        if TRIES["A"] == 3:
            raise FatalTaskError
"""
    application = configure(yaml, code)
    args = {"list": [1]}
    result = application.run(args=args)
    assert list(result.reasons.values()) == ["selinon.errors.FatalTaskError"]
    assert args == {"list": [1]}
    assert application.ran.count("A") == 3


# Attempts of flows


def test_a_flow_is_retried(configure: Configure) -> None:
    """After a failure the flow begins anew, with the same id; what the first attempt finished is no part of it."""
    yaml = """
    tasks: [{name: A, import: code, classname: Plain}, {name: B, import: code}]
    flows: [main]
    flow-definitions:
      - {name: main, max_retry: 1, edges: [{from: , to: A}, {from: A, to: B}]}
    """
    code = """
class B(Plain):
    def run(self, node_args):
        super().run(node_args)
        if tried("B") == 1:
            raise ValueError("once")
"""
    application = configure(yaml, code)
    result = application.run(args=1)
    assert (result.state, application.ran) == ("succeeded", ["A", "B", "A", "B"])
    assert _counts(result) == {"A": 1, "B": 1}
    assert len({id for *_, id in application.code.RUNS}) == 4
    assert [event.will_retry for event in application.traced(FlowFailure)] == [True]
    assert [event.retried_count for event in application.traced(FlowRetry)] == [1]


def test_nodes_of_an_earlier_attempt_change_nothing(configure: Configure) -> None:
    """What an eager failure left running ends unseen, while the next attempt runs."""
    yaml = """
    tasks: [{name: A, import: code}, {name: B, import: code}, {name: C, import: code, classname: Plain}]
    flows: [main]
    flow-definitions:
      - {name: main, max_retry: 1, eager_failures: A, edges: [{from: , to: [B, A]}, {from: B, to: C}]}
    """
    code = """
RELEASED = threading.Event()
class A(Plain):
    def run(self, node_args):
        if tried("A") == 1:
            raise ValueError("once")
        RELEASED.set()
class B(Plain):
    def run(self, node_args):
        assert tried("B") == 2 or RELEASED.wait(10)
"""
    application = configure(yaml, code)
    result = application.run(concurrency=3)
    assert result.state == "succeeded"
    assert _counts(result) == {"A": 1, "B": 1, "C": 1}
    assert application.ran == ["C"]


def test_an_eager_failure_tells_what_was_still_active(configure: Configure) -> None:
    """The state of a failed flow is that at its failure, whatever ended afterwards."""
    yaml = """
    tasks: [{name: A, import: code}, {name: B, import: code, classname: Plain}]
    flows: [main]
    flow-definitions: [{name: main, eager_failures: A, edges: [{from: , to: [A, B]}]}]
    """
    code = """
class A(Plain):
    def run(self, node_args):
        raise ValueError("broken")
"""
    application = configure(yaml.replace("classname: Plain", "classname: Plain, queue: late"), code)
    result = application.run()
    assert (result.state, list(result.nodes["failed_nodes"])) == ("failed", ["A"])
    seen = [node["name"] for node in result.nodes["active_nodes"]] + list(_counts(result))
    assert seen == ["B"]
    assert result.reason == "the flow fails at once with `A`: ValueError: broken"


# User code that decides


@pytest.mark.parametrize("raised", ["ValueError('bad')", "SystemExit(0)"])
def test_user_code_that_raises_fails_the_flow(configure: Configure, raised: str) -> None:
    """A foreach function that raises fails the flow, and the reason says where it is and what it said."""
    yaml = """
    tasks: [{name: A, import: code, classname: Plain}]
    flows: [main]
    flow-definitions:
      - name: main
        max_retry: 1
        edges: [{from: , to: A}, {from: A, to: A, foreach: {import: code, function: items}}]
    """
    code = f"def items(pool, node_args):\n    node_args.clear()\n    raise {raised}\n"
    application = configure(yaml, code)
    result = application.run(args={"n": 1})
    assert (result.state, application.ran) == ("failed", ["A", "A"])
    assert result.reason is not None
    assert result.reason.startswith("in flow `main`, edge from ['A'] to ['A'], foreach ")
    assert raised.partition("(")[0] in result.reason
    assert {str(args) for _, _, args, *_ in application.code.RUNS} == {"{'n': 1}"}


@pytest.mark.parametrize(
    ("returned", "seen"),
    [
        ("None", []),
        ("[]", []),
        ("0", []),
        ("''", []),
        ("iter(())", []),
        ("(n * 10 for n in range(2))", [0, 10]),
        ("{'x': 1, 'y': 2}", ["x", "y"]),
        ("'ab'", ["a", "b"]),
        ("same()", [{"n": 0}, {"n": 1}]),
    ],
)
def test_what_a_foreach_function_may_return(
    configure: Configure, returned: str, seen: list[Any]
) -> None:
    """Anything that can be iterated gives items; what is false gives none; an object yielded twice gives two."""
    yaml = """
    tasks: [{name: A, import: code, classname: Plain}]
    flows: [main, inner]
    flow-definitions:
      - name: main
        edges:
          - {from: , to: inner, foreach: {import: code, function: items, propagate_result: true}}
      - {name: inner, edges: [{from: , to: A}]}
    """
    code = f"""
def same():
    item = {{}}
    for number in range(2):
        item["n"] = number
        yield item

def items(pool, node_args):
    return {returned}
"""
    application = configure(yaml, code)
    assert application.run().state == "succeeded"
    assert [args for _, _, args, *_ in application.code.RUNS] == seen


FLAKY = """
class Flaky(InMemoryStorage):
    \"\"\"Loses its connection with each result that it keeps; `LATER` says what fails then, and how often.\"\"\"
    LATER = {}
    connected = False
    def is_connected(self):
        return self.connected
    def connect(self):
        self.attempt("connect")
        self.connected = True
    def store(self, *details):
        self.left, self.connected = dict(self.LATER), False
        return super().store(*details)
    def retrieve(self, *names):
        self.attempt("retrieve")
        return super().retrieve(*names)
    def attempt(self, what):
        left = getattr(self, "left", {})
        if left.get(what):
            left[what] -= 1
            raise ConnectionError("away")
"""


@pytest.mark.parametrize("what", ["retrieve", "connect"])
def test_a_storage_that_is_away_delays_the_step(
    configure: Configure, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The step is repeated until the storage can be read; nothing is started twice, and the log says why it waits."""
    yaml = """
    tasks:
      - {name: A, import: code, classname: Plain, storage: Flaky}
      - {name: B, import: code, classname: Plain}
      - {name: C, import: code, classname: Plain}
    flows: [main]
    storages: [{name: Flaky, import: code}]
    flow-definitions:
      - name: main
        edges:
          - {from: , to: A}
          - {from: A, to: B}
          - {from: A, to: C, condition: {name: fieldEqual, node: A, args: {key: n, value: 1}}}
    """
    application = configure(yaml, FLAKY)
    application.code.Flaky.LATER = {what: 2}
    began = time.monotonic()
    result = application.run(args={"n": 1})
    assert (result.state, application.ran) == ("succeeded", ["A", "B", "C"])
    assert time.monotonic() - began >= 0.1 + 0.2
    waits = [text for text in caplog.messages if "looked at again" in text]
    assert len(waits) == 2
    assert "away" in waits[0]


# Throttling, sub-flows, long runs


def test_throttled_tasks_start_one_after_the_other(configure: Configure) -> None:
    """Throttled tasks get slots an interval apart, and none starts before its slot; others do not wait."""
    yaml = """
    tasks: [{name: A, import: code, throttling: {milliseconds: 150}}, {name: B, import: code, classname: A}]
    flows: [main]
    flow-definitions: [{name: main, edges: [{from: , to: [A, A, A, B, B]}]}]
    """
    code = """
import time
class A(SelinonTask):
    def run(self, node_args):
        RUNS.append((self.task_name, time.monotonic()))
"""
    application = configure(yaml, code)
    began = time.monotonic()
    application.run(concurrency=4)
    times = {name: sorted(at for ran, at in application.code.RUNS if ran == name) for name in "AB"}
    _, second, third = times["A"]
    assert second - began >= 0.15
    assert third - began >= 0.30
    assert times["B"][-1] < third


def test_slots_of_a_throttle_are_handed_out_in_turn() -> None:
    """Each start takes the next free slot; after a pause there is no delay, and names are apart."""
    throttle = Throttle()
    assert [throttle.delay("A", 2, 100) for _ in range(4)] == [0, 2, 4, 6]
    assert throttle.delay("B", 2, 100) == 0
    assert [throttle.delay("A", 2, 500), throttle.delay("A", 2, 501)] == [0, 1]
    assert [throttle.delay("C", None, 1), throttle.delay("C", 0, 1)] == [0, 0]


def test_queues_take_turns() -> None:
    """A short queue does not wait for a long one; what is due later is kept back."""
    schedule: Schedule[str] = Schedule()
    for job in ("a1", "a2", "a3"):
        schedule.put("a", job, due=1)
    schedule.put("b", "b1", due=1)
    schedule.put("b", "b2", due=9)
    assert schedule.take(0) is None
    assert schedule.next_due() == 1
    assert [schedule.take(1) for _ in range(5)] == ["a1", "b1", "a2", "a3", None]
    assert (len(schedule), schedule.next_due(), schedule.take(9)) == (1, 9, "b2")
    assert (len(schedule), schedule.next_due()) == (0, None)


NESTED = f"""
tasks:
  - {{name: A, import: code, classname: Plain, storage: Memory}}
  - {{name: Last, import: code}}
flows: [main, middle, inner]
{STORAGE}
flow-definitions:
  - name: main
    propagate_finished: true
    propagate_node_args: true
    edges: [{{from: , to: middle}}, {{from: middle, to: Last}}]
  - name: middle
    propagate_node_args: true
    edges: [{{from: , to: [A, inner]}}]
  - name: inner
    edges: [{{from: , to: [A, A]}}]
"""


@pytest.mark.parametrize("concurrency", [1, 4])
def test_subflows_within_subflows(configure: Configure, concurrency: int) -> None:
    """The task after a sub-flow reads results three levels down."""
    code = """
class Last(SelinonTask):
    def run(self, node_args):
        path = ["middle", "inner"]
        two = [self.parent_flow_result(path, "A", index) for index in (0, 1)]
        return [self.parent, self.parent_flow_result("middle", "A"), two]
"""
    application = configure(NESTED, code)
    result = application.run(args={"n": 2}, concurrency=concurrency)
    assert result.state == "succeeded"
    parent, outer, inner = result.results[-1][2]
    assert (outer, inner) == ({"n": 2}, [{"n": 2}] * 2)
    assert {name: len(ids) for name, ids in parent["middle"].items() if name != "inner"} == {"A": 1}
    assert len(set(parent["middle"]["inner"]["A"])) == 2
    assert _counts(result) == {"middle": 1, "Last": 1}


def test_a_failure_deep_down_fails_all_above(configure: Configure) -> None:
    """A failed sub-flow is one failed node of the flow above; the reason of the task is told, too."""
    code = """
class Last(Plain):
    pass
class Breaks(Plain):
    def run(self, node_args):
        return {}["missing"]
Plain = Breaks
"""
    application = configure(NESTED, code)
    result = application.run()
    assert result.state == "failed"
    assert list(result.nodes["failed_nodes"]) == ["middle"]
    reasons = Counter(result.reasons.values())
    assert reasons["KeyError: 'missing'"] == 3
    inner = "`A` in flow `inner` failed: KeyError: 'missing' (and 1 more)"
    # The middle flow has failures of its own task and of the flow below it.
    assert reasons[inner] == 1
    assert reasons["`A` in flow `middle` failed: KeyError: 'missing' (and 1 more)"] == 1


CYCLE = f"""
tasks: [{{name: A, import: code, storage: Memory}}]
flows: [main]
{STORAGE}
flow-definitions:
  - name: main
    edges:
      - {{from: , to: A}}
      - {{from: A, to: A, condition: {{name: fieldEqual, node: A, args: {{key: again, value: true}}}}}}
"""

COUNTS = """
class A(SelinonTask):
    def run(self, node_args):
        return {"again": tried("A") < node_args}
"""


def test_a_long_chain_takes_linear_work(configure: Configure) -> None:
    """2,000 tasks one after the other take four times the steps and calls of 500."""
    work = []
    for length in (500, 2000):
        application = configure(CYCLE, COUNTS)
        calls = _count_calls(application, length)
        work.append((len(application.traced(DispatcherWakeup)), calls))
    (steps, calls), (more_steps, more_calls) = work
    assert (steps, more_steps) == (501, 2001)
    assert more_calls < 4.1 * calls


def test_many_items_take_linear_work(configure: Configure) -> None:
    """A foreach over 1,200 items takes three times the calls of one over 400, with a step for each task."""
    yaml = """
    tasks: [{name: A, import: code, classname: Plain, queue: tasks}]
    flows: [main]
    flow-definitions:
      - {name: main, edges: [{from: , to: A, foreach: {import: code, function: items}}]}
    """
    code = "def items(pool, node_args):\n    return range(node_args)\n"
    calls = []
    for count in (400, 1200):
        application = configure(yaml, code)
        calls.append(_count_calls(application, count))
        assert len(application.code.RUNS) == count
    assert calls[1] < 3.1 * calls[0]


def test_two_hundred_flows_one_in_another(configure: Configure) -> None:
    """Depth is no obstacle, and what finished below is told to the top."""
    flows = "".join(
        f"  - {{name: f{n}, propagate_finished: true, edges: [{{from: , to: f{n + 1}}}, {{from: f{n + 1}, to: A}}]}}\n"
        for n in range(200)
    )
    names = ", ".join(f"f{n}" for n in range(201))
    yaml = f"""
tasks: [{{name: A, import: code, classname: Plain}}]
flows: [{names}]
flow-definitions:
{flows}  - {{name: f200, edges: [{{from: , to: A}}]}}
"""
    application = configure(yaml, "")
    assert application.run("f0").state == "succeeded"
    assert len(application.code.RUNS) == 201
    parent = application.code.RUNS[-1][3]
    for number in range(1, 201):
        parent = parent[f"f{number}"]
        assert len(parent["A"]) == 1


def _count_calls(application: Application, args: int) -> int:
    """Return how many functions a run calls and leaves."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        assert application.run(args=args).state == "succeeded"
    finally:
        sys.setprofile(None)
    return count


def test_a_nowait_task_may_fail_after_the_end(configure: Configure) -> None:
    """The flow succeeds without it; the executor runs it nevertheless, and keeps its reason."""
    yaml = """
    tasks: [{name: A, import: code, classname: Plain}, {name: N, import: code, max_retry: 1}]
    flows: [main]
    flow-definitions: [{name: main, nowait: N, edges: [{from: , to: [N, A]}]}]
    """
    code = """
class N(Plain):
    def run(self, node_args):
        super().run(node_args)
        raise ValueError("late")
"""
    application = configure(yaml.replace("{name: N,", "{name: N, queue: late, "), code)
    result = application.run()
    assert (result.state, _counts(result)) == ("succeeded", {"A": 1})
    assert Counter(application.ran) == {"A": 1, "N": 2}
    assert (result.nodes["failed_nodes"], list(result.reasons.values())) == (
        {},
        ["ValueError: late"],
    )


# Runs in one process


def test_runs_do_not_see_each_other(configure: Configure) -> None:
    """A second run has ids, results and an end of its own, in the same executor and beside another one."""
    application = configure(one_task(), "class A(Plain): pass\n")
    executor = LocalExecutor(application.deployment)
    first, second = (executor.run("main", n) for n in (1, 2))
    assert [value for _, _, value in first.results] == [1]
    assert [value for _, _, value in second.results] == [2]
    assert first.id != second.id
    results: list[RunResult] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(application.run(args=n)))
        for n in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(value for result in results for _, _, value in result.results) == list(range(5))


def test_an_unknown_flow_is_told(configure: Configure) -> None:
    """The error names the flow, and nothing runs."""
    application = configure(one_task(), "class A(Plain): pass\n")
    with pytest.raises(UnknownFlowError, match="nightly"):
        application.run("nightly")
    assert (application.ran, application.events) == ([], [])


def test_a_fallback_reads_what_failed(configure: Configure) -> None:
    """A fallback task knows the failed nodes that it answers, and gets their exceptions."""
    yaml = """
    tasks: [{name: A, import: code}, {name: F, import: code}]
    flows: [main]
    flow-definitions:
      - {name: main, edges: [{from: , to: [A, A]}], failures: [{nodes: A, fallback: F}]}
    """
    code = """
class A(SelinonTask):
    def run(self, node_args):
        raise ValueError(tried("A"))
class F(SelinonTask):
    def run(self, node_args):
        return [self.parent, list(self.failed), self.parent_task_exception("A").args]
"""
    result = configure(yaml, code).run()
    assert result.state == "succeeded"
    assert [value for _, _, value in result.results] == [[{}, ["A"], (n,)] for n in (1, 2)]


# Virtual time


def test_a_day_of_countdowns_passes_at_once(configure: Configure) -> None:
    """Retries, throttling and attempts of the flow that would take days take virtual time only."""
    yaml = """
    tasks:
      - {name: A, import: code, max_retry: 2, retry_countdown: 43200}
      - {name: B, import: code, classname: Plain, throttling: {hours: 12}}
    flows: [main]
    flow-definitions:
      - {name: main, max_retry: 1, retry_countdown: 86400, edges: [{from: , to: [B, B, A]}]}
    """
    code = """
class A(Plain):
    def run(self, node_args):
        super().run(node_args)
        if tried("A") < 4:
            raise ValueError
"""
    clock = VirtualClock()
    application = configure(yaml, code)
    began = time.process_time()
    result = application.run(clock=clock)
    assert time.process_time() - began < 1
    assert (result.state, Counter(application.ran)) == ("succeeded", {"A": 4, "B": 4})
    # Two pauses of A, one of the flow, in which the next slots of B have come.
    assert clock.now() == 2 * 43200 + 86400 + 43200


def test_virtual_time_stands_still_while_a_task_runs(configure: Configure) -> None:
    """With tasks in threads, a countdown that is over while another task runs is over after it, in virtual time."""
    yaml = """
    tasks: [{name: A, import: code}, {name: B, import: code}]
    flows: [main]
    flow-definitions: [{name: main, edges: [{from: , to: [A, B]}]}]
    """
    code = """
import time
class A(Plain):
    def run(self, node_args):
        super().run(node_args)
        time.sleep(0.2)
        RUNS.append(("", "A ended"))
class B(Plain):
    def run(self, node_args):
        super().run(node_args)
        if tried("B") == 1:
            self.retry(0.001)
"""
    application = configure(yaml, code)
    application.run(concurrency=2, clock=VirtualClock())
    assert application.ran == ["A", "B", "A ended", "B"]


def test_a_storage_that_is_away_is_waited_for_in_real_time(configure: Configure) -> None:
    """Virtual time helps no storage to recover: the pauses before a step is repeated are real ones."""
    yaml = """
    tasks: [{name: A, import: code, classname: Plain, storage: Flaky}, {name: B, import: code, classname: Plain}]
    flows: [main]
    storages: [{name: Flaky, import: code}]
    flow-definitions:
      - name: main
        retry_countdown: 3600
        max_retry: 1
        edges:
          - {from: , to: A}
          - {from: A, to: B, condition: {name: fieldEqual, node: A, args: {key: n, value: 1}}}
    """
    application = configure(yaml, FLAKY)
    application.code.Flaky.LATER = {"retrieve": 1}
    began = time.monotonic()
    assert application.run(args={"n": 1}, clock=VirtualClock()).state == "succeeded"
    assert 0.1 <= time.monotonic() - began < 30


class LateClock(RealClock):
    """A wall clock whose sleep is not slept: every look at it is a little later, and every sleep is too long."""

    def __init__(self, choose: random.Random) -> None:
        self._choose = choose
        self._time = choose.random() * 1000

    def now(self) -> float:
        """Return what the time is."""
        self._time += self._choose.random() * 1e-5
        return self._time

    def reach(self, due: float) -> None:
        """Sleep until then, and longer."""
        self._time = max(self._time, due) + self._choose.random() * 1e-3


TIMED = """
tasks:
  - {name: A, import: code, classname: Timed, max_retry: 3, retry_countdown: 7, queue: a}
  - {name: B, import: code, classname: Timed, max_retry: 5, retry_countdown: 4, throttling: {seconds: 3}}
  - {name: C, import: code, classname: Timed, throttling: {seconds: 2}}
  - {name: D, import: code, classname: Timed, max_retry: 1, queue: a}
flows: [main, inner]
flow-definitions:
  - name: main
    max_retry: 1
    retry_countdown: 5
    edges: [{from: , to: [A, B, C, inner, C]}, {from: A, to: D}, {from: [B, inner], to: C}]
    failures: {nodes: [D], fallback: B}
  - {name: inner, throttling: {seconds: 6}, propagate_node_args: true, edges: [{from: , to: [B, D]}, {from: D, to: A}]}
"""

TIMED_CODE = """
import random
CLOCK, TIMES, SEED = [], [], []
class Timed(Plain):
    def run(self, node_args):
        number = tried(self.task_id)
        TIMES.append(((self.task_id, number), CLOCK[0].now()))
        choose = random.Random(f"{SEED[0]} {self.task_name} {number}")
        match choose.randrange(6):
            case 0:
                raise ValueError
            case 1:
                self.retry(choose.randrange(1, 9))
"""


@pytest.mark.parametrize("seed", range(20))
def test_virtual_time_keeps_the_order_of_real_time(
    configure: Configure, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is due at different times is executed in the same order as by a wall clock that is always a little late."""
    monkeypatch.setattr(
        uuid, "uuid4", lambda: uuid.UUID(int=1)
    )  # so that both runs have the same ids
    orders = []
    for clock in (VirtualClock(), LateClock(random.Random(seed))):
        application = configure(TIMED, TIMED_CODE)
        application.code.CLOCK.append(clock)
        application.code.SEED.append(seed)
        application.run(clock=clock)
        orders.append(application.code.TIMES)
    virtual, real = orders
    times = dict(virtual)
    assert Counter(key for key, _ in virtual) == Counter(key for key, _ in real)
    assert len(virtual) >= 8
    # Things due at one virtual time may take any order.
    assert [times[key] for key, _ in real] == sorted(times.values())
