"""The environment in which the original is installed, made when it is first needed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

REQUIREMENTS = ("selinon==1.4.0", "pyyaml>=6", "jsonschema>=4")


class NotInstalledError(Exception):
    """The original cannot be installed here."""


def interpreter() -> Path:
    """Return the Python that has the original installed, below `build/`.

    Raises:
        NotInstalledError: it is not there and cannot be installed, as for want of a network.
    """
    version = ".".join(map(str, sys.version_info[:2]))
    directory = ROOT / "build" / "original" / version
    if not directory.exists():
        _install(directory)
    return directory / "bin" / "python"


def _install(directory: Path) -> None:
    """Make the environment beside its place, and move it there when it is complete."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent) as unfinished:
        made = Path(unfinished, "environment")
        _call(sys.executable, "-m", "venv", made)
        _call(made / "bin" / "python", "-m", "pip", "install", *REQUIREMENTS)
        # Another process may have been faster: then its environment is the one.
        with contextlib.suppress(OSError):
            made.rename(directory)


def _call(*command: str | Path) -> None:
    try:
        subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        lines = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise NotInstalledError(lines[-1]) from error
