"""Run two flows of the example on Celery, with nothing but what is installed here: a Redis server, a worker, a client.

    python run_celery.py

The server listens on a free port, and all files are in a temporary directory; both are gone afterwards.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
QUEUES = "editing_v1,tasks_v1,dispatcher_v1"


def main() -> None:
    """Start what it takes, run the flows, and stop everything."""
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("there is no `redis-server` on the PATH")
    os.chdir(HERE)
    with tempfile.TemporaryDirectory(prefix="selinon-example-") as directory:
        port = free_port()
        os.environ["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        os.environ["RESULTS_DIR"] = f"{directory}/results"
        redis = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", directory]
        with process(*redis, "--appendonly", "yes", quiet=True):
            wait_for(port)
            run_flows()


def run_flows() -> None:
    """Start two flows, look at them, let a worker run them, and look again."""
    import celery_app  # takes the variables above
    import client

    runs = [client.start(name) for name in ("flow1", "report")]
    print("--- two runs, and no worker yet", flush=True)
    selinon_cli("flows", "list", "-A", "celery_app")
    selinon_cli("flows", "show", "-A", "celery_app", str(runs[0]))
    print(
        "--- a worker; `Load` finds no file, as it should, and its fallback takes over", flush=True
    )
    celery = [sys.executable, "-m", "celery", "-q", "-A", "celery_app"]
    with process(*celery, "worker", "-Q", QUEUES, "-c", "2", "-l", "WARNING"):
        for run in runs:
            print(f"--- {client.outcome(run)}", flush=True)
    selinon_cli("flows", "list", "-A", "celery_app")
    selinon_cli("flows", "show", "-A", "celery_app", str(runs[1]))
    celery_app.app.close()


def selinon_cli(*arguments: str) -> None:
    """Run the command, and show how it is called."""
    print(f"$ selinon-cli {' '.join(arguments)}", flush=True)
    code = "from selinon.cli import main; main()"
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)


@contextmanager
def process(*command: str, quiet: bool = False) -> Iterator[None]:
    """Run a program in the background."""
    output = subprocess.DEVNULL if quiet else None
    running = subprocess.Popen(command, stdout=output)
    try:
        yield
    finally:
        running.terminate()
        running.wait()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody listens on a port."""
    for _ in range(300):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("the Redis server does not start")


if __name__ == "__main__":
    main()
