"""The environment in which the original is installed, made when it is first needed."""

from __future__ import annotations

import subprocess
import sys
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
    python, stamp = directory / "bin" / "python", directory / ".installed"
    if stamp.exists():
        return python
    try:
        _call(sys.executable, "-m", "venv", "--clear", directory)
        _call(python, "-m", "pip", "install", "--disable-pip-version-check", *REQUIREMENTS)
    except subprocess.CalledProcessError as error:
        raise NotInstalledError(error.stderr.strip().splitlines()[-1:] or error) from error
    stamp.touch()
    return python


def _call(*command: str | Path) -> None:
    subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)
