"""Run a command, and print its exit status, CPU seconds, wall-clock seconds and peak memory in MiB.

usage: python -I -S launch.py PROGRAM [ARGUMENT …]

The kernel counts the memory of whoever starts a process towards the peak of that process. This one is as small as a
process of Python can be, so that its own memory hides nobody else's. What the command prints goes to stderr.
"""

import os
import sys
import time

UNITS_PER_MIB = 2**20 if sys.platform == "darwin" else 2**10
"""In what the kernel counts memory."""


def main(program: str, *arguments: str) -> None:
    """Run the program with the environment of this process."""
    to_stderr = [(os.POSIX_SPAWN_DUP2, 2, 1)]
    began = time.perf_counter()
    process = os.posix_spawn(program, [program, *arguments], os.environ, file_actions=to_stderr)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - began
    cpu = usage.ru_utime + usage.ru_stime
    print(os.waitstatus_to_exitcode(status), cpu, wall, usage.ru_maxrss / UNITS_PER_MIB)


if __name__ == "__main__":
    main(*sys.argv[1:])
