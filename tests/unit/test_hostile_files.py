"""Files that no honest person writes: each ends in one located diagnostic, soon, and without eating the machine."""

from __future__ import annotations

import os
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not hasattr(resource, "RLIMIT_AS"), reason="memory cannot be limited"
)

SPACE = 2 * 2**30
"""Bytes of address space that the command may take."""

SECONDS = 15
"""Time of the processor that it may take."""

LARGE = 50 * 2**20
"""So many bytes has a file that is called large."""

CONFIGURATION = b"""\
tasks: [{name: Load, import: own}]
flows: [daily]
flow-definitions: [{name: daily, edges: [{from: , to: Load}]}]
"""

COMPILE = "from selinon_compiler.cli import main; main()"
CLI = "from selinon.cli import main; main()"

COMMANDS = {
    "as nodes file": (COMPILE, "check", "-n", "bad.yaml", "-f", "good.yaml"),
    "as flow file": (COMPILE, "check", "--format", "json", "-n", "good.yaml", "-f", "bad.yaml"),
    "in both roles": (CLI, "inspect", "-n", "bad.yaml", "-f", "bad.yaml"),
}


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a test a directory with a sound configuration and the module that it names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_bytes(CONFIGURATION)
    (tmp_path / "own.py").write_text("class Load: ...\n")
    return tmp_path


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(code: str, *arguments: str) -> tuple[int, str]:
    """Run a command within the limits; return its status and all that it wrote, which is never much."""
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        preexec_fn=_limit,
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"},
    )
    written = (ended.stdout + ended.stderr).decode()
    assert "Traceback" not in written, written[:2000]
    assert len(written) < 200_000
    return ended.returncode, written


def errors(text: str) -> list[str]:
    """Return the codes of the errors that are shown, each with its place."""
    if text.startswith("{"):
        return re.findall(
            r'"code": "(SEL\d+)",\s+"name": "[\w-]+",\s+"severity": "error",\s+"message": .*?,\s+"file": "bad\.yaml',
            text,
        )
    return re.findall(r"^error\[(SEL\d+)\]: .*\n *--> bad\.yaml", text, re.MULTILINE)


def check(*expected: str, roles: Iterable[str] = COMMANDS) -> None:
    """Check that `bad.yaml` has these errors and no others in each role; without any, that it is accepted."""
    for role in roles:
        status, written = run(*COMMANDS[role])
        assert (status, errors(written)) == (bool(expected), list(expected)), (role, written[:2000])
        assert len(written) < 5000


def bomb(line: str, count: int = 60) -> bytes:
    """Return lines each of which refers several times to the one before."""
    lines = [line.format(number, number - 1) for number in range(1, count)]
    return "\n".join(["x0: &a0 {k0: v}", *lines]).encode()


BEHIND = {
    "a tab": (b"x:\n\t- a\n", "SEL001"),
    "Latin-1": ("x: é\n".encode("latin-1"), "SEL021"),
    "NUL": (b"x: a\0b\n", "SEL002"),
    "an escape": (b"x: \x1b[31m\n", "SEL002"),
    "an encoded surrogate": (b"x: \xed\xa0\x80\n", "SEL021"),
    "several documents": (b"---\nx: 1\n", "SEL008"),
    "a value that contains itself": (b"x: &a [*a]\n", "SEL003"),
    "a mapping that merges itself": (b"x: &a\n  <<: *a\n", "SEL003"),
    "an unknown anchor": (b"x: *a\n", "SEL003"),
    "an object of Python": (b"x: !!python/object/apply:os.system [exit]\n", "SEL004"),
    "a tag of somebody's own": (b"x: !mine {a: 1}\n", "SEL004"),
    "a date that is none": (b"x: 2020-13-45\n", "SEL005"),
    "a number of many digits": (b"x: " + b"9" * 100_000 + b"\n", "SEL005"),
    "a hexadecimal number of many digits": (b"x: 0x" + b"f" * 100_000 + b"\n", "SEL005"),
    "a number of base sixty": (b"x: 1" + b":59" * 30_000 + b"\n", "SEL005"),
    "a deep bomb": (bomb("x{0}: &a{0} [[[[*a{1}]]]]"), "SEL006"),
    "a bomb": (bomb("x{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}]"), "SEL006"),
    "a wide bomb": (b"x: &a [" + b"x," * 3000 + b"]\ny: [" + b"*a," * 3000 + b"]\n", "SEL006"),
    "a bomb of merges": (bomb("x{0}: &a{0} {{<<: [*a{1}, *a{1}, *a{1}], k{0}: v}}"), "SEL006"),
    "brackets": (b"x: " + b"[" * 100_000, "SEL006"),
    "braces": (b"x: " + b"{" * 100_000, "SEL006"),
    "lists within lists": (b"x:\n  " + b"- " * 100_000, "SEL006"),
    "keys within keys": (b"x:\n  " + b"? " * 100_000, "SEL006"),
    "mappings within mappings": (b"x: " + b"{a: " * 100_000, "SEL006"),
    "steps to the right": (b"".join(b" " * n + b"x:\n" for n in range(3000)), "SEL006"),
    "quotes": (b"x: " + b"'" * 100_001, "SEL001"),
    "double quotes": (b"x: " + b'"' * 100_001, "SEL001"),
    "a tag that is no text": (b"x: !%ED%A0%80 y\n", "SEL001"),
    "a surrogate as an escape": (b'x: "\\ud800"\n', "SEL001"),
}
"""What stands behind a sound configuration, and what is found."""


@pytest.mark.parametrize("what", BEHIND)
def test_something_odd_behind_a_configuration(what: str, directory: Path) -> None:
    """A part that is odd is the only thing that is reported, in whichever role the file is read."""
    content, code = BEHIND[what]
    (directory / "bad.yaml").write_bytes(CONFIGURATION + content)
    check(code)


INSTEAD = {
    "nothing": (b"", "SEL023"),
    "blanks": (b" " * LARGE, "SEL023"),
    "comments": (b"#\n" * 1_000_000, "SEL023"),
    "UTF-16": (CONFIGURATION.decode().encode("utf-16"), "SEL021"),
    "UTF-16 without a mark": (CONFIGURATION.decode().encode("utf-16-le"), "SEL002"),
    "UTF-32": (CONFIGURATION.decode().encode("utf-32"), "SEL021"),
    "a list": (b"- a\n", "SEL101"),
    "a scalar": (b"hello\n", "SEL101"),
    "a number": (b"5\n", "SEL101"),
    "an alias": (b"*a\n", "SEL003"),
    "a tagged mapping": (b"!mine {tasks: []}\n", "SEL004"),
    "a program": (b"\x7fELF" + bytes(range(256)) * 100, "SEL021"),
}
"""What stands instead of a configuration, and what is found."""


@pytest.mark.parametrize("what", INSTEAD)
def test_something_else_than_a_configuration(what: str, directory: Path) -> None:
    """A file that is no configuration at all is one mistake, also when it is given in both roles."""
    content, code = INSTEAD[what]
    (directory / "bad.yaml").write_bytes(content)
    check(code)


ENORMOUS: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "a scalar": (lambda: b"x: " + b"y" * LARGE + b"\n", None),
    "a comment": (lambda: b"#" + b"y" * LARGE + b"\n", None),
    "a key": (lambda: b"y" * LARGE + b": 1\n", "SEL001"),
    "a quote": (lambda: b"x: '" + b"y" * LARGE, "SEL001"),
    "a tag": (lambda: b"x: !" + b"y" * LARGE + b" z\n", "SEL004"),
    "blanks": (lambda: b"\n" + b" " * LARGE, None),
    "line breaks": (lambda: b"\n" * LARGE + b"x: *a\n", "SEL003"),
    "a list in a line": (lambda: b"x: [" + b"y, " * 1_000_000 + b"]\n", None),
    "an open list": (lambda: b"x: [" + b"y, " * (LARGE // 3), "SEL006"),
    "anchors and aliases in a line": (lambda: b"x: " + b"&a *a " * (LARGE // 6) + b"\n", "SEL001"),
    "aliases": (lambda: b"x:\n- &a y\n" + b"- *a\n" * (LARGE // 5), "SEL006"),
    "equal keys": (lambda: b"x: 1\n" * 1_000_000, "SEL006"),
    "a float": (lambda: b"x: 1." + b"9" * 10_000_000 + b"\n", "SEL005"),
}
"""What stands, very long, behind a sound configuration, and what is found if it is an error."""


@pytest.mark.slow
@pytest.mark.parametrize("what", ENORMOUS)
def test_something_enormous(what: str, directory: Path) -> None:
    """Size alone is no mistake, and what is wrong in a large file is found as elsewhere."""
    content, code = ENORMOUS[what]
    (directory / "bad.yaml").write_bytes(CONFIGURATION + content())
    check(*([code] if code else []), roles=["in both roles"])


MANY = {
    "tasks that are none": CONFIGURATION.replace(b"tasks: [", b"tasks: [" + b"a, " * 50_000),
    "edges that are wrong": CONFIGURATION.replace(
        b"edges: [", b"edges: [" + b"{from: 5, to: Load}," * 50_000
    ),
    "aliases of nothing": CONFIGURATION + b"x: [" + b"*a, " * 50_000 + b"]\n",
    "tags": CONFIGURATION + b"x: [" + b"!a b, " * 50_000 + b"]\n",
    "look-alikes": CONFIGURATION + b"x: [" + b"yes, " * 50_000 + b"]\n",
    "unknown keys": CONFIGURATION.replace(
        b"{name: Load", b"{" + b"".join(b"k%d: 1, " % n for n in range(20_000)) + b"name: Load"
    ),
    "repeated keys": CONFIGURATION.replace(
        b"{name: Load",
        b"{" + b"".join(b"max_retry: %d, " % n for n in range(50_000)) + b"name: Load",
    ),
}
"""A configuration with very many mistakes in one line."""


@pytest.mark.slow
@pytest.mark.parametrize("what", MANY)
def test_very_many_mistakes(what: str, directory: Path) -> None:
    """Thousands of equal mistakes are not all shown; how many there are is said."""
    (directory / "bad.yaml").write_bytes(MANY[what])
    for arguments in (["-n", "bad.yaml"], ["--format", "json", "-n", "bad.yaml"]):
        status, written = run(COMPILE, "check", *arguments, "-f", "bad.yaml")
        assert status == (what != "look-alikes")
        assert re.search(r"[\d,]+ more like the ones above are not shown", written)


@pytest.fixture(params=["missing", "pipe", "device", "socket", "loop", "closed"])
def odd_path(request: pytest.FixtureRequest, directory: Path) -> Iterator[str]:
    """Make `bad.yaml` something that is no readable file; yield what it is."""
    path = directory / "bad.yaml"
    what: str = request.param
    if what == "pipe":
        os.mkfifo(path)
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "loop":
        path.symlink_to("bad.yaml")
    elif what == "closed":
        if os.geteuid() == 0:
            pytest.skip("nothing is closed to the administrator")
        path.touch(mode=0)
    elif what == "socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("bad.yaml")
            yield what
        return
    yield what


def test_paths_that_are_no_files(odd_path: str) -> None:
    """What cannot be read as a file is reported by its name, and never waited for."""
    assert odd_path
    check("SEL020")


def test_directories(directory: Path) -> None:
    """A directory without flows, one that is linked into itself, and one in the place of the nodes file."""
    (directory / "bad.yaml").mkdir()
    (directory / "bad.yaml" / "again.yaml").symlink_to(directory / "bad.yaml")
    assert errors(run(*COMMANDS["as flow file"])[1]) == ["SEL022"]
    assert errors(run(*COMMANDS["as nodes file"])[1]) == ["SEL020"]


@pytest.mark.slow
def test_a_huge_directory(directory: Path) -> None:
    """Ten thousand files that are no flows do not keep the one that is wrong from being found."""
    (directory / "bad.yaml").mkdir()
    for number in range(10_000):
        (directory / "bad.yaml" / f"{number}.yaml.old").touch()
    (directory / "bad.yaml" / "x.yaml").write_bytes(CONFIGURATION + b"x: *a\n")
    assert errors(run(*COMMANDS["as flow file"])[1]) == ["SEL003"]
