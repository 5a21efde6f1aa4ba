"""Flows that nobody of this project wrote do what is expected of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus does not lie beside the checkout"
)


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """Return a `selinon-cli` that runs with this interpreter and the packages of this checkout."""
    script = tmp_path / "selinon-cli"
    found = [entry for entry in sys.path if entry]
    lines = (
        f"#!{sys.executable}",
        "import sys",
        f"sys.path += {found!r}",
        "from selinon.cli import main",
        "main()",
    )
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
    return script


@pytest.mark.slow
def test_all_cases(command: Path, tmp_path: Path) -> None:
    """Each case runs the tasks that it should, with the parents that it should, and ends as it should."""
    cases = tmp_path / "cases"
    cases.mkdir()
    names = {path.name for path in (CORPUS / "behaviour").iterdir() if path.is_dir()}
    for name in names:
        (cases / name).symlink_to(CORPUS / "behaviour" / name)
    done = subprocess.run(
        [sys.executable, CORPUS / "run_behaviour.py", command, "--cases", cases, "-v"],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == f"{len(names)} passed, 0 failed"
