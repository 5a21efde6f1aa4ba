"""Measure on this machine, and print for each group what was wanted beside what was measured.

The status is 0 whatever the figures are.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks import ours
from benchmarks.groups import GROUPS
from benchmarks.original import OriginalUnavailable
from benchmarks.processes import ProcessFailed, run
from benchmarks.report import table
from benchmarks.servers import ServerUnavailable
from benchmarks.setting import Setting
from benchmarks.sources import ROOT

_MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory."""

_ROOM = 2**31


def main() -> None:
    """Run the groups that are named, or all of them."""
    options = _options()
    # Servers and workers are to be ended, whichever way this process is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with tempfile.TemporaryDirectory(dir=_place()) as directory:
            setting = Setting(directory=Path(directory), rounds=options.rounds, quick=options.quick)
            _measure(setting, options.groups)
    except (OriginalUnavailable, ProcessFailed, ServerUnavailable) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _place() -> Path:
    """Return a folder to work in: in memory if there is room, since disks make the same work cost more at times."""
    with contextlib.suppress(OSError):
        if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
            return _MEMORY
    work = ROOT / "build" / "bench"
    work.mkdir(parents=True, exist_ok=True)
    return work


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure on this machine, beside what is wanted. docs/performance.md explains the groups.",
    )
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"one of: {', '.join(GROUPS)}")
    parser.add_argument(
        "--rounds", type=int, default=5, help="how often each process is run (default: 5)"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="do without 10,000 flows in Selinon 1.4.0, and with less on workers",
    )
    options = parser.parse_args()
    for group in options.groups:
        if group not in GROUPS:
            parser.error(f"there is no group `{group}`; there are: {', '.join(GROUPS)}")
    if options.rounds < 1:
        parser.error("there must be at least one round")
    return options


def _measure(setting: Setting, groups: list[str]) -> None:
    folders = [ROOT / name for name in ("compiler", "runtime", "templates")]
    run(ours.byte_compile(*folders))
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors, "
        f"load {os.getloadavg()[0]:.1f}, medians of {setting.rounds} rounds\n",
        flush=True,
    )
    for group in groups or GROUPS:
        print(table(GROUPS[group](setting)), flush=True)


if __name__ == "__main__":
    main()
