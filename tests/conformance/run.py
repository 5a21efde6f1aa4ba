"""The full comparison: many applications made up at random, played under both systems.

    python -m tests.conformance.run --flows 2000 --first 0 --jobs 2
    python -m tests.conformance.run --flows 1 --first 1234      # one seed again

Prints the shares of what was found, and everything about differences that are not known; these make it end with 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Sequence

from tests.conformance import here
from tests.conformance.generate import application_of
from tests.conformance.judging import Verdict, judge
from tests.conformance.original.client import Original
from tests.conformance.report import Tally, described

_ORIGINAL: list[Original] = []
"""The original of a worker, once it is there."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare as the command line says; return the status to end with."""
    parser = argparse.ArgumentParser(description="compare with the original")
    parser.add_argument("--flows", type=int, default=2000, help="how many applications")
    parser.add_argument("--first", type=int, default=0, help="the first seed; the others follow")
    parser.add_argument("--jobs", type=int, default=2, help="how many to play at the same time")
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.flows)
    tally = Tally()
    with Original():
        pass  # The environment is made before several workers would each begin to.
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for number, verdict in enumerate(pool.imap_unordered(_judged, seeds, chunksize=4), 1):
            tally.add(verdict)
            if verdict.unexplained:
                print(described(verdict), flush=True)
            if number % 200 == 0:
                print(f"{number} of {options.flows}", flush=True)
    print(*tally.lines(), sep="\n")
    return 1 if tally.unexplained else 0


def _judged(seed: int) -> Verdict:
    if not _ORIGINAL:
        _ORIGINAL.append(Original())
    return judge(application_of(seed), _ORIGINAL[0].play, here.play)


if __name__ == "__main__":
    sys.exit(main())
