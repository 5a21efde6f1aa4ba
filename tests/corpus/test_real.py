"""Configurations of applications in use are accepted and can be built."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

APPLICATIONS = sorted(path.parent for path in CORPUS.glob("real/*/flows"))

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus does not lie beside the checkout"
)


def compiled(application: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call `selinon-compile` on an application, with stand-ins for its own modules where there are some."""
    (nodes,) = application.glob("nodes.y*ml")
    found = [str(application / "stubs"), *filter(None, sys.path)]
    command = (sys.executable, "-c", "from selinon_compiler.cli import main; main()")
    return subprocess.run(
        [*command, *arguments, "-n", nodes, "-f", application / "flows"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(found)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda path: path.name)
def test_a_real_configuration_has_no_errors(application: Path) -> None:
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


def _listed_flows(application: Path) -> list[str]:
    """Return the names under `flows` in the nodes file."""
    (nodes,) = application.glob("nodes.y*ml")
    return list(yaml.safe_load(nodes.read_text(encoding="utf-8"))["flows"])
