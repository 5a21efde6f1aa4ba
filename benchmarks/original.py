"""Selinon 1.4.0 in an environment of its own: made when it is first needed, then kept."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Command
from benchmarks.sources import Sources

__all__ = ["LABEL", "Original", "OriginalUnavailable", "installed"]

VERSION = "1.4.0"
LABEL = f"selinon {VERSION}"
REQUIREMENTS = (f"selinon[celery]=={VERSION}", "redis", "packaging")
"""Without Celery not even its `inspect` works; the others are what Celery needs of Redis as broker."""

_DONE = "installed"
"""A file that is there when all is installed, and says what that is."""

_LOAD = "import sys, celery; from selinon import Config; Config.set_config_py(sys.argv[1])"
_STEPS = Path(__file__).with_name("original_steps.py")
_IMPORT = "import selinon, celery"


class OriginalUnavailable(Exception):
    """Selinon 1.4.0 cannot be installed; the text holds what was tried and what it printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The commands of Selinon 1.4.0, by the folder of its environment."""

    environment: Path

    def inspect(self, sources: Sources, *options: str | Path) -> Command:
        """Return the command that reads a configuration and checks it."""
        tool = self.environment / "bin" / "selinon-cli"
        return Command(
            name=f"{LABEL} inspect",
            arguments=(tool, "inspect", *sources.options, *options),
            path=(sources.modules,),
        )

    def dump(self, sources: Sources, config: Path) -> Command:
        """Return the command that compiles a configuration to one Python file."""
        return self.inspect(sources, "--dump", config)

    def load(self, config: Path, sources: Sources) -> Command:
        """Return the command that configures a process from such a file, with everything that is in it."""
        return Command(
            name=f"{LABEL}: load",
            arguments=(self.python, "-P", "-c", _LOAD, config),
            path=(sources.modules,),
        )

    def steps(self, output: Path) -> Command:
        """Return the command that measures updates of its states, and appends what was measured to a file."""
        return Command(
            name=f"{LABEL}: updates of states",
            arguments=(self.python, "-P", "-W", "ignore", _STEPS, output),
        )

    def imports(self) -> Command:
        """Return the command that does no more than to import it and Celery."""
        return Command(name=f"{LABEL}: imports", arguments=(self.python, "-P", "-c", _IMPORT))

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.environment / "bin" / "python"


def installed(directory: Path) -> Original:
    """Return Selinon 1.4.0 for the Python that runs this, installed below a directory unless it is there.

    Raises:
        OriginalUnavailable: it cannot be installed.
    """
    environment = directory / f"selinon-{VERSION}-py{sys.version_info[0]}.{sys.version_info[1]}"
    done = environment / _DONE
    wanted = "\n".join(REQUIREMENTS)
    if not done.exists() or done.read_text() != wanted:
        python = environment / "bin" / "python"
        _call(sys.executable, "-m", "venv", "--clear", environment)
        _call(python, "-m", "pip", "install", "--disable-pip-version-check", *REQUIREMENTS)
        done.write_text(wanted)  # an installation that was interrupted is begun anew
    return Original(environment=environment)


def _call(*arguments: str | Path) -> None:
    outcome = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if outcome.returncode:
        tried = " ".join(map(str, arguments))
        raise OriginalUnavailable(f"{tried}\n{outcome.stdout}{outcome.stderr}".rstrip())
