"""Servers that belong to a test alone, and can be stopped in the middle of it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import uuid
from pathlib import Path

import redis

__all__ = ["RedisServer", "VirtualHost", "rabbitmq_is_here", "redis_is_here"]

_PATIENCE = 20.0


def redis_is_here() -> bool:
    """Return whether a server of Redis can be started."""
    return shutil.which("redis-server") is not None


class RedisServer:
    """A server of Redis on a port of its own; `durable` if each write is on the disk before it is answered."""

    def __init__(self, directory: Path, *, durable: bool) -> None:
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        durable = ("yes", "always") if self._durable else ("no", "no")
        options = {
            "--port": str(self.port),
            "--bind": "127.0.0.1",
            "--dir": str(self.directory),
            "--save": "",
            "--appendonly": durable[0],
            "--appendfsync": durable[1],
            "--daemonize": "no",
            "--logfile": "redis.log",
        }
        command = ["redis-server", *[word for pair in options.items() for word in pair]]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + _PATIENCE
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.RedisError:
                    assert time.monotonic() < end, f"no server answers at {self.url}"
                    time.sleep(0.02)

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class VirtualHost:
    """A virtual host of the RabbitMQ server of this machine, for one test."""

    def __init__(self) -> None:
        self.name = f"selinon-faults-{uuid.uuid4().hex[:12]}"

    @property
    def url(self) -> str:
        """Return its address."""
        return f"amqp://guest:guest@127.0.0.1:5672/{self.name}"

    def start(self) -> None:
        """Make it."""
        _rabbitmqctl("add_vhost", self.name)
        _rabbitmqctl("set_permissions", "-p", self.name, "guest", ".*", ".*", ".*")

    def cut(self) -> None:
        """Close all connections, as a restart of the server would."""
        _rabbitmqctl("close_all_connections", "--vhost", self.name, "the test cuts them")

    def purge(self) -> None:
        """Lose all messages that wait."""
        text = _rabbitmqctl("list_queues", "-p", self.name, "name", "--formatter", "json")
        for row in json.loads(text):
            _rabbitmqctl("purge_queue", "-p", self.name, row["name"])

    def kill(self) -> None:
        """Remove it, with its queues."""
        subprocess.run(["rabbitmqctl", "-q", "delete_vhost", self.name], check=False)


def rabbitmq_is_here() -> bool:
    """Return whether a server of RabbitMQ runs here that can be told to make virtual hosts."""
    if shutil.which("rabbitmqctl") is None:
        return False
    try:
        socket.create_connection(("127.0.0.1", 5672), 1).close()
        _rabbitmqctl("list_vhosts")
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _rabbitmqctl(*words: str) -> str:
    done = subprocess.run(
        ["rabbitmqctl", "-q", *words], check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
