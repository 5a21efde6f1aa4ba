"""The benchmarks: what they generate, how they measure, what they print. How fast anything is, no test says."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from benchmarks import configuration
from benchmarks.groups.build import set_aside
from benchmarks.processes import Command, ProcessFailed, Series, Usage, interleaved, run
from benchmarks.report import Figure, Report, table
from benchmarks.sources import MODULES

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
