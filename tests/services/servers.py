"""Servers that tests use: a Redis server of their own, and the RabbitMQ server of the machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import redis
from tests.lacking import lacking

RABBITMQ: Final = "amqp://guest:guest@127.0.0.1:5672//"


class RedisServer:
    """A Redis server on a port of its own, which keeps nothing when it stops."""

    def __init__(self, directory: Path, *options: str) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            lacking("redis-server is not installed")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        command = [binary, "--port", str(self.port), "--save", "", "--dir", str(directory)]
        self._process = subprocess.Popen(
            [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                self.client().ping()
                return
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    self.stop()
                    raise
                time.sleep(0.05)

    def url(self, database: int) -> str:
        """Return the address of a database."""
        return f"redis://127.0.0.1:{self.port}/{database}"

    def client(self, database: int = 0) -> Any:
        """Return a client of a database."""
        return redis.Redis.from_url(self.url(database))

    def calls(self) -> dict[str, int]:
        """Return how often each command was called, in upper case."""
        stats = self.client().info("commandstats")
        return {
            name.removeprefix("cmdstat_").upper(): int(told["calls"])
            for name, told in stats.items()
        }

    def stop(self) -> None:
        """Stop the server."""
        self._process.kill()
        self._process.wait()


def rabbitmq() -> str:
    """Return the address of the machine's RabbitMQ server."""
    try:
        socket.create_connection(("127.0.0.1", 5672), timeout=5).close()
    except OSError as error:
        lacking(f"there is no RabbitMQ server at 127.0.0.1:5672: {error}")
    return RABBITMQ
