"""Servers of Redis: found, or started for the tests and stopped after them."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import redis
from tests.lacking import lacking

HOST = "127.0.0.1"
FOUND = f"redis://{HOST}:6379/9"
SLOTS = 16384


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Server:
    """A process of redis-server with a folder of its own; options are those of its command line, without dashes."""

    def __init__(self, folder: Path, **options: str) -> None:
        if shutil.which("redis-server") is None:
            lacking("redis-server is not installed")
        self.port = free_port()
        self.url = f"redis://{HOST}:{self.port}/0"
        self._folder = folder
        self._options = {"save": "", "appendonly": "no", **options}
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        """Start the process, and wait until it answers."""
        options = [
            part
            for key, value in self._options.items()
            for part in (f"--{key}".replace("_", "-"), value)
        ]
        self._process = subprocess.Popen(
            [
                "redis-server",
                "--port",
                str(self.port),
                "--bind",
                HOST,
                "--dir",
                str(self._folder),
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(500):
            try:
                with self.client() as client:
                    client.ping()
            except redis.AuthenticationError:
                return
            except redis.ConnectionError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("redis-server does not answer")

    def stop(self) -> None:
        """Stop the process as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> Any:
        """Return a client."""
        return redis.Redis(host=HOST, port=self.port)


class Cluster:
    """Three servers that share the slots; after so many milliseconds each notices that another is away."""

    def __init__(self, folder: Path, patience: int = 15_000) -> None:
        self._servers = []
        buses = []
        for number in range(3):
            buses.append(free_port())
            options = {
                "cluster_enabled": "yes",
                "cluster_port": str(buses[-1]),
                "cluster_node_timeout": str(patience),
            }
            self._servers.append(Server(folder / str(number), **options))
        self.url = self._servers[0].url
        clients = [server.client() for server in self._servers]
        for number, client in enumerate(clients):
            first, last = number * SLOTS // 3, (number + 1) * SLOTS // 3 - 1
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            client.execute_command("CLUSTER", "MEET", HOST, self._servers[0].port, buses[0])
        for _ in range(1000):
            states = [client.execute_command("CLUSTER INFO") for client in clients]
            if all(
                state["cluster_state"] == "ok" and int(state["cluster_known_nodes"]) == 3
                for state in states
            ):
                break
            time.sleep(0.02)
        else:
            raise RuntimeError("the cluster does not come up")
        for client in clients:
            client.close()

    def stop(self, first: int = 0) -> None:
        """Stop the servers, or some of them."""
        for server in self._servers[first:]:
            server.stop()
