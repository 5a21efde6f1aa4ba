"""Servers for one measurement: each is a process on a port of its own, which goes with its files, whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis

__all__ = ["RedisServer", "ServerUnavailable", "free_port", "rabbitmq", "redis_server", "running"]

_RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The script itself: the one on the path of Debian serves the whole machine."""

_PATIENCE = 60.0


class ServerUnavailable(Exception):
    """A server cannot be started; the text says which, and what it printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisServer:
    """A server of Redis."""

    port: int

    def url(self, database: int = 0) -> str:
        """Return the address of one of its databases."""
        return f"redis://127.0.0.1:{self.port}/{database}"

    def do(self, *command: str) -> object:
        """Run a command."""
        with redis.Redis.from_url(self.url()) as client:
            return client.execute_command(*command)

    def calls(self) -> dict[str, int]:
        """Return how often each command was called since the server was started."""
        with redis.Redis.from_url(self.url()) as client:
            found = client.info("commandstats")
        return {name.removeprefix("cmdstat_"): row["calls"] for name, row in found.items()}


@contextmanager
def running(
    arguments: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a group of its own; at the end, end all of the group without asking.

    It has the environment of this process, unless another one is given.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(map(str, arguments)),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def await_answer(process: subprocess.Popen[bytes], log: Path, answers: Callable[[], bool]) -> None:
    """Wait until a server answers.

    Raises:
        ServerUnavailable: it ended, or does not answer within a minute.
    """
    end = time.monotonic() + _PATIENCE
    while not answers():
        if process.poll() is not None or time.monotonic() > end:
            printed = log.read_text("utf-8", errors="replace")[-2000:]
            raise ServerUnavailable(f"{process.args!r} does not answer\n{printed}".rstrip())
        time.sleep(0.05)


@contextmanager
def redis_server(directory: Path) -> Iterator[RedisServer]:
    """Run Redis without persistence; its files are in a directory, which is made.

    Raises:
        ServerUnavailable: it is not installed, or does not start.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise ServerUnavailable("redis-server is not installed")
    directory.mkdir(parents=True)
    server, log = RedisServer(port=free_port()), directory / "log"
    options = {
        "--port": str(server.port),
        "--bind": "127.0.0.1",
        "--dir": str(directory),
        "--save": "",
    }
    words = [word for pair in options.items() for word in pair]
    with running([program, *words], log) as process:
        await_answer(process, log, lambda: _listens(server.port))
        yield server


@contextmanager
def rabbitmq(directory: Path) -> Iterator[str]:
    """Run RabbitMQ with its files in a directory, which is made, and yield its address.

    Raises:
        ServerUnavailable: it is not installed, or does not start.
    """
    epmd = shutil.which("epmd")
    if epmd is None or not _RABBITMQ.exists():
        raise ServerUnavailable("RabbitMQ is not installed")
    directory.mkdir(parents=True)
    names, distribution, port = free_port(), free_port(), free_port()
    log = directory / "printed"
    environment = {
        **os.environ,
        "HOME": str(directory),
        "ERL_EPMD_PORT": str(names),
        "RABBITMQ_NODENAME": "benchmark@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_MNESIA_BASE": str(directory / "data"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_CONFIG_FILE": str(directory / "none"),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "none"),
        "RABBITMQ_PID_FILE": str(directory / "pid"),
    }
    # Otherwise RabbitMQ starts one that stays.
    with running([epmd, "-port", str(names), "-address", "127.0.0.1"], log) as names_process:
        await_answer(names_process, log, lambda: _listens(names))
        with running([_RABBITMQ], log, environment) as process:
            await_answer(process, log, lambda: _listens(port))
            yield f"amqp://guest:guest@127.0.0.1:{port}//"


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _listens(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False
