"""The original as a function of this process: a request in, a result out, through a pipe to the process it lives in."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from tests.conformance.original.environment import ROOT, interpreter


class Original:
    """A process with the original, for as long as it is entered.

    Raises:
        NotInstalledError: the original cannot be installed.
    """

    def __init__(self) -> None:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [interpreter(), "-W", "ignore", "-m", "tests.conformance.original.serve"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Original:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def play(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the original makes of a request, as `serve` describes them."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer
