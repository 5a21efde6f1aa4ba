"""Measure checking, building and loading on this machine, and print a table.

Every figure is the median of whole processes, with their peak memory; nothing is asserted.

usage: python benchmarks/run.py [--flows N …] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from generate import generate

LOAD = """
import sys
sys.path.insert(0, {directory!r})
from selinon.loading import import_package
package = import_package("benchmark_flows")
package.flow("flow00000")
package.task(package.flow("flow00000").edges[0].destinations[0])
"""


def main() -> None:
    """Print a line for each size and each command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--flows", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"{'flows':>6}  {'command':<22}{'median s':>9}{'min s':>8}{'max s':>8}{'peak MiB':>10}")
    for flows in options.flows:
        with tempfile.TemporaryDirectory() as directory:
            generate(Path(directory) / "in", flows)
            (Path(directory) / "benchtasks.py").write_text(
                "def __getattr__(name): return type(name, (), {})\n"
            )
            for name, command in _commands(Path(directory)):
                _report(flows, name, [_measure(command, directory) for _ in range(options.rounds)])


def _commands(directory: Path) -> list[tuple[str, Sequence[str]]]:
    compiler = [sys.executable, "-c", "from selinon_compiler.cli import main; main()"]
    sources = ["-n", str(directory / "in" / "nodes.yaml"), "-f", str(directory / "in" / "flows")]
    build = [*compiler, "build", *sources, "--name", "benchmark_flows", "-o", str(directory)]
    return [
        ("check", [*compiler, "check", *sources]),
        ("build, then no change", build),
        ("load one flow", [sys.executable, "-c", LOAD.format(directory=str(directory))]),
        ("import selinon", [sys.executable, "-c", "import selinon"]),
    ]


def _measure(command: Sequence[str], directory: str) -> tuple[float, float]:
    """Return the wall-clock seconds and the peak memory in MiB of one process."""
    environment = {**os.environ, "PYTHONPATH": directory}
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    if status:
        sys.exit(f"{' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    process.returncode = 0
    return took, usage.ru_maxrss / 1024


def _report(flows: int, name: str, rounds: list[tuple[float, float]]) -> None:
    times = [took for took, _ in rounds]
    peak = max(memory for _, memory in rounds)
    print(
        f"{flows:>6}  {name:<22}{statistics.median(times):>9.3f}{min(times):>8.3f}{max(times):>8.3f}{peak:>10.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
