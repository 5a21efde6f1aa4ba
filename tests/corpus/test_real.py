"""Configurations of applications in use are accepted and can be built."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
PAGE = ROOT / "docs" / "warnings-on-real-configurations.md"

APPLICATIONS = sorted(path.parent for path in CORPUS.glob("real/*/flows"))
CONFIGURATIONS = [
    *((f"real/{path.name}", path) for path in APPLICATIONS),
    *((f"history/{path.parent.name}", path) for path in sorted(CORPUS.glob("history/*/new"))),
]
"""Everything that was in use, by the name that the page calls it."""

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus does not lie beside the checkout"
)


def compiled(application: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call `selinon-compile` on an application, with stand-ins for its own modules where there are some."""
    (nodes,) = application.glob("nodes.y*ml")
    stubs = CORPUS / "real" / "f8a_worker" / "stubs"
    found = [str(stubs), *filter(None, sys.path)]
    command = (sys.executable, "-c", "from selinon_compiler.cli import main; main()")
    return subprocess.run(
        [*command, *arguments, "-n", nodes, "-f", application / "flows"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(found)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("name", "application"), CONFIGURATIONS)
def test_a_real_configuration_has_no_errors(name: str, application: Path) -> None:
    """All keys, names and conditions are understood; modules that are not there are only warned of."""
    done = compiled(application, "check")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("no errors in ")
    assert "error[" not in done.stderr


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda path: path.name)
def test_a_real_configuration_can_be_built(application: Path, tmp_path: Path) -> None:
    """The package has a module for each flow, and Python accepts every module."""
    done = compiled(application, "build", "--name", "application", "-o", str(tmp_path))
    assert done.returncode == 0, done.stderr
    modules = list((tmp_path / "application").rglob("*.py"))
    for module in modules:
        compile(module.read_bytes(), str(module), "exec")
    flows = [path for path in modules if path.parent.name == "flows"]
    assert len(flows) >= len(_listed_flows(application))


def test_warnings_are_those_of_the_page() -> None:
    """The page counts, by configuration and code, just what is reported now, and has judged every row to be true."""
    rows = re.findall(
        r"^\| (\S+/\S+) \| (SEL\d{3}) \| (\d+) \| .+ \| (true|false) \|$",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    stated = {(name, code): int(count) for name, code, count, _ in rows}
    assert len(rows) == len(stated)
    assert {verdict for *_, verdict in rows} == {"true"}
    found = Counter(
        (name, code) for name, application in CONFIGURATIONS for code in _warnings(application)
    )
    assert found == stated


def _warnings(application: Path) -> list[str]:
    """Return the codes of what is reported about an application, but for modules of this project."""
    done = compiled(application, "check", "--format", "json")
    listed = json.loads(done.stdout)["diagnostics"]
    assert {one["severity"] for one in listed} <= {"warning"}
    return [one["code"] for one in listed if "`selinon." not in one["message"]]


def _listed_flows(application: Path) -> list[str]:
    """Return the names under `flows` in the nodes file."""
    (nodes,) = application.glob("nodes.y*ml")
    return list(yaml.safe_load(nodes.read_text(encoding="utf-8"))["flows"])
