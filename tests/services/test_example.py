"""The example on Celery: its script runs from beginning to end, and its containers run the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from tests.lacking import lacking

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_script() -> None:
    """Two runs wait, are run by a worker, and can be looked at before and after; nothing is left behind."""
    if shutil.which("redis-server") is None:
        lacking("redis-server is not installed")
    before = set(EXAMPLES.rglob("*"))
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "run_celery.py")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    flow1, report = re.findall(r"^([0-9a-f-]{36})  .*  running ", done.stdout, re.MULTILINE)
    assert f"run {flow1} of flow flow1" in done.stdout
    assert (
        f"run {flow1} finished: Draft (2), FixSpacing (1), flow2 (1), Review (1)\n" in done.stdout
    )
    assert (
        f"run {report} finished: UseSample (1), Split (1), Outline (1), flow2 (3), Page (3)\n"
        in (done.stdout)
    )
    assert "no run is open" in done.stdout
    assert "status: succeeded" in done.stdout
    assert set(EXAMPLES.rglob("*")) == before


def test_containers() -> None:
    """The worker's container consumes the queues that the script's worker does, which are those of the flows."""
    text = (EXAMPLES / "docker-compose.yaml").read_text("utf-8")
    services = yaml.safe_load(text)["services"]
    assert set(services) == {"redis", "rabbitmq", "worker", "client"}
    [queues] = re.findall(r"-Q (\S+)", services["worker"]["command"])
    assert f'QUEUES = "{queues}"' in (EXAMPLES / "run_celery.py").read_text("utf-8")
    nodes = yaml.safe_load((EXAMPLES / "nodes.yaml").read_text("utf-8"))
    named = {task["queue"] for task in nodes["tasks"] if "queue" in task}
    assert {*named, *nodes["global"].values()} == set(queues.split(","))
    assert (EXAMPLES.parent / services["worker"]["build"]["dockerfile"]).is_file()
    for program in re.findall(r"python (\S+\.py)", text):
        assert (EXAMPLES / program).is_file()
