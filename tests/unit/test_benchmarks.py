"""The benchmarks: what they generate, how they measure, what they print. How fast anything is, no test says."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from benchmarks import configuration, engine_steps, worker_flows
from benchmarks.deployment import deployed
from benchmarks.groups.build import set_aside
from benchmarks.processes import Command, ProcessFailed, Series, Usage, interleaved, run
from benchmarks.report import Figure, Report, table
from benchmarks.samples import Pairs, Sample
from benchmarks.servers import ServerUnavailable, redis_server, running
from benchmarks.sources import MODULES, ROOT
from tests.lacking import lacking

from selinon_compiler.driver import compile_files


def contents(directory: Path) -> Mapping[str, str]:
    """Return the text of every file below a directory, by its path there."""
    return {
        path.relative_to(directory).as_posix(): path.read_text("utf-8")
        for path in directory.rglob("*.yaml")
    }


def test_equal_arguments_give_equal_files(tmp_path: Path) -> None:
    """The same size and seed give the same bytes; another seed gives other flows between the same tasks."""
    for name, seed in (("first", 0), ("second", 0), ("other", 1)):
        configuration.write(tmp_path / name, 20, seed=seed)
    first, second, other = (contents(tmp_path / name) for name in ("first", "second", "other"))
    assert first == second
    assert first.keys() == other.keys()
    assert [name for name in first if first[name] == other[name]] == ["nodes.yaml"]


def test_one_file_holds_the_same_flows(tmp_path: Path) -> None:
    """Whether flows stand in one file or in many, they are the same ones in the same order."""
    configuration.write(tmp_path / "many", 20)
    configuration.write(tmp_path / "one", 20, one_file=True)
    many = contents(tmp_path / "many")
    (one,) = (text for name, text in contents(tmp_path / "one").items() if name != "nodes.yaml")
    flows = [
        yaml.safe_load(many[name])["flow-definitions"]
        for name in sorted(many)
        if name != "nodes.yaml"
    ]
    assert yaml.safe_load(one)["flow-definitions"] == [flow for (flow,) in flows]


def test_configurations_are_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is found in a generated configuration, the modules that it names included."""
    monkeypatch.syspath_prepend(MODULES)
    configuration.write(tmp_path / "generated", 20)
    found = compile_files(
        str(tmp_path / "generated" / "nodes.yaml"), [str(tmp_path / "generated" / "flows")]
    )
    assert list(found.diagnostics) == []
    assert found.plan is not None
    assert [len(flow.edges) for flow in found.plan.flows] == [11, 10, 10, 10] * 5


def test_room_for_a_build_is_made_without_deleting(tmp_path: Path) -> None:
    """What earlier rounds built stays until the end, as deleting it would make the next build slower."""
    output = tmp_path / "built"
    for text in ("first", "second"):
        output.mkdir()
        (output / "file").write_text(text, encoding="utf-8")
        set_aside(output)
        assert not output.exists()
    set_aside(output)
    kept = sorted(path.read_text("utf-8") for path in tmp_path.rglob("file"))
    assert kept == ["first", "second"]


def test_a_process_is_measured_alone() -> None:
    """The peak of a process is its own: neither this larger process nor the run before adds to it."""
    taken = b"x" * (100 * 2**20)
    small = Command(name="small", arguments=(sys.executable, "-c", "pass"))
    large = Command(name="large", arguments=(sys.executable, "-c", "b'x' * (100 * 2**20)"))
    of_large, of_small = interleaved([large, small], 2)
    assert len(taken) / 2**20 == 100
    assert of_large.peak > 100
    assert of_small.peak < 50
    assert len(of_large.usages) == len(of_small.usages) == 2


def test_settings_of_a_developer_do_not_reach_what_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Variables that steer Python or Selinon are not passed on; folders for imports are those of the command."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("SELINON_STRICT", "1")
    code = (
        "import os, sys; names = [n for n in os.environ if n.startswith(('PYTHON', 'SELINON_'))];"
        "print(*names, os.environ['PYTHONPATH']); sys.exit(1)"
    )
    look = Command(name="look", arguments=(sys.executable, "-c", code), path=(Path("/modules"),))
    with pytest.raises(ProcessFailed, match=r"status 1\nPYTHONPATH /modules$"):
        run(look)


def test_a_process_that_fails_says_so() -> None:
    """What a failing command printed and its status are in the error."""
    code = "import sys; print('no such flow'); sys.exit(3)"
    with pytest.raises(ProcessFailed, match=r"ended with status 3\nno such flow$"):
        run(Command(name="fails", arguments=(sys.executable, "-c", code)))


def test_runs_whose_steps_are_measured_come_to_their_ends() -> None:
    """Each shape of run starts the nodes that it is measured for, and what a step reads and writes is counted."""
    expected = {
        "chain": (engine_steps.Play(engine_steps.chain(4)), 4),
        "cycle": (engine_steps.rounds(5), 5),
        "fan": (engine_steps.fan_out(6, joined=False), 6 + 1),
        "joined fan": (engine_steps.fan_out(6, joined=True), 6 + 1 + 6),
        "two cycles": (engine_steps.two_cycles(4), 4 + 4 + 16),
    }
    for play, nodes in expected.values():
        play.to_the_end()
        assert sum(play.run.finished.values()) == nodes
    assert 200 < engine_steps.bytes_of_rounds(3) < 2000


TABLE = """\
group
  process                                            rounds           CPU s          wall s        peak MiB
  check                                                   3             1.5               2           1,024
  figure                                           measured          wanted
  time                                                  2 s     at most 2 s             met
  memory                                          2,000 MiB at most 500 MiB          missed
  ratio                                                12 x   at least 10 x             met
  less                                               9.99 x   at least 10 x          missed
  left out                                                    at least 10 x    not measured
  other                                                1.23
"""


def test_table() -> None:
    """Medians of the rounds, and for each figure whether it is as wanted."""
    usages = tuple(Usage(cpu=cpu, wall=2 * cpu - 1, peak=1024.4) for cpu in (1.0, 1.5, 100.0))
    figures = (
        Figure(name="time", measured=2, wanted=2, unit="s"),
        Figure(name="memory", measured=2000, wanted=500, unit="MiB"),
        Figure(name="ratio", measured=12, bound="at least", wanted=10, unit="x"),
        Figure(name="less", measured=9.99, bound="at least", wanted=10, unit="x"),
        Figure(name="left out", measured=None, bound="at least", wanted=10, unit="x"),
        Figure(name="other", measured=1.234, wanted=None),
    )
    series = (Series(name="check", usages=usages),)
    assert table(Report(title="group", series=series, figures=figures)) == TABLE


def test_table_without_processes() -> None:
    """Where no whole processes are measured, the table has only figures."""
    figures = (Figure(name="time", measured=2, wanted=2, unit="s"),)
    lines = table(Report(title="group", series=(), figures=figures)).splitlines()
    assert [line.split()[0] for line in lines] == ["group", "figure", "time"]


@pytest.mark.parametrize("at_once", [False, True])
def test_flows_on_workers_are_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    """Nothing is found in the flows that are run on workers, and there are those that are asked for."""
    monkeypatch.syspath_prepend(MODULES)
    path = tmp_path / "flows.yaml"
    worker_flows.write(path, (2, 3), "redis://localhost", at_once=at_once)
    found = compile_files(str(path), [str(path)])
    assert list(found.diagnostics) == []
    assert found.plan is not None
    sampled = {flow.name for flow in found.plan.flows if flow.sampling is not None}
    assert ("fan" in sampled) == at_once
    assert "default2" not in sampled
    assert {flow.name for flow in found.plan.flows} == {
        *("fan", "wide", "rounds", "nap", "chain2", "kept2", "default2"),
        *("chain3", "kept3", "default3"),
    }


def test_pairs_are_compared_one_by_one() -> None:
    """A slow spell of the machine meets both of a pair, so what counts is the median of the ratios."""
    times = ((1.0, 2.0), (30.0, 10.0), (4.0, 4.0))
    pairs = [tuple(Sample(total=time, starts=(0, time)) for time in pair) for pair in times]
    assert Pairs([(ours, raw) for ours, raw in pairs]).total == 1
    assert Pairs([(ours, raw) for ours, raw in pairs]).gap == 1
    assert Sample(total=9, starts=(1, 2, 4, 9)).gaps == (1, 2, 5)
    assert Sample(total=9, starts=(1, 2, 4, 9)).gap == 2


def _is_alive(pid: int) -> bool:
    """Return whether a process is there and is no mere entry that nobody has asked for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are looked up in /proc")
def test_what_was_started_ends_when_a_measurement_fails(tmp_path: Path) -> None:
    """A process goes with all that it has started, and without being asked, however the measurement ends."""
    code = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(subprocess.Popen(['sleep', '60']).pid, flush=True); signal.pause()"
    )
    log = tmp_path / "log"
    with suppress(KeyboardInterrupt), running([sys.executable, "-c", code], log) as process:
        while not (printed := log.read_text()).endswith("\n"):
            time.sleep(0.01)
        assert _is_alive(int(printed))
        raise KeyboardInterrupt
    assert process.returncode == -signal.SIGKILL
    end = time.monotonic() + 5
    while _is_alive(int(printed)):
        assert time.monotonic() < end
        time.sleep(0.01)


_ENDLESS = """
import sys, time
from benchmarks import __main__, groups
from benchmarks.servers import running

def endless(setting):
    with running(["sleep", "60"], setting.directory / "log") as process:
        print(process.pid, setting.directory, flush=True)
        time.sleep(60)

groups.GROUPS["commands"] = endless
sys.argv = ["benchmarks", "commands"]
__main__.main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are looked up in /proc")
def test_benchmarks_that_are_told_to_end_leave_nothing(number: signal.Signals) -> None:
    """Whichever signal ends the benchmarks, what they have started ends, and their files go."""
    with subprocess.Popen(
        [sys.executable, "-c", _ENDLESS], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as benchmarks:
        assert benchmarks.stdout is not None
        pid, directory = next(line for line in benchmarks.stdout if line[0].isdigit()).split()
        benchmarks.send_signal(number)
        assert benchmarks.wait(10) == 128 + number
    assert not _is_alive(int(pid))
    assert not Path(directory).exists()


def test_a_server_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said what is missing, before anything is started."""
    monkeypatch.setenv("PATH", "")
    with (
        pytest.raises(ServerUnavailable, match="redis-server is not installed"),
        redis_server(tmp_path / "store"),
    ):
        pass


@pytest.mark.slow
def test_what_runs_on_workers(tmp_path: Path) -> None:
    """Flows and canvases are run to their ends on one worker; starts of tasks and messages are counted."""
    if shutil.which("redis-server") is None:
        lacking("redis-server is not installed")
    with redis_server(tmp_path / "redis") as server:
        configuration = {"broker_url": server.url(0), "result_backend": server.url(1)}
        flows = tmp_path / "flows.yaml"
        worker_flows.write(flows, (2, 3), server.url(2))
        with deployed(tmp_path / "worker", Path(sys.executable), configuration, flows) as here:
            before = server.calls()["lpush"]
            chain = here.run("flow", "chain3", None)
            assert server.calls()["lpush"] - before == 3
            assert len(chain.starts) == 3
            assert 0 < chain.gap < chain.total
            for request, starts in {
                ("flow", "kept3", None): 3,
                ("flow", "fan", 4): 4,
                ("flow", "wide", 4): 6,
                ("flow", "rounds", 5): 5,
                ("flow", "nap", 0): 1,
                ("chain", 3): 3,
                ("chord", 4): 6,
                ("group", 4): 4,
            }.items():
                assert len(here.run(*request).starts) == starts, request
            with pytest.raises(ProcessFailed, match="there is no flow `chain4`"):
                here.run("flow", "chain4", None)
