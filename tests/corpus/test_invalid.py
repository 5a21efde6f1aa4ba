"""Mistakes in configurations are refused, and the place of each is told."""

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
def test_all_cases(command: Path) -> None:
    """Each mistake is found without a traceback, and without running code that a value smuggles in."""
    names = [path for path in (CORPUS / "invalid").iterdir() if path.is_dir()]
    done = subprocess.run(
        [sys.executable, CORPUS / "run_invalid.py", command, "-v"],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == f"{len(names)} passed, 0 failed"
