"""Programs that the original's manual shows run unchanged: how they are configured, and how workers are started."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Final

import pytest
import yaml
from celery import Celery
from tests.services.desks import QUEUES, Desk
from tests.services.servers import RedisServer, rabbitmq
from tests.services.workers import ROOT, Worker, run_client, surroundings

from selinon import Config, FlowError, run_flow
from selinon.worker.application import installed

pytestmark = pytest.mark.slow

APPLICATION: Final = """
from celery import Celery
from selinon import Config

app = Celery("tasks", broker={broker!r}, backend={backend!r})
app.conf.broker_connection_retry_on_startup = True
"""

CONFIGURED: Final = {
    "before": """
Config.set_celery_app(app)
Config.set_config_yaml("nodes.yaml", ["flows/flow1.yaml", "flows/flow2.yaml", "flows/report.yaml"])
""",
    "after": """
Config.set_config_yaml("nodes.yaml", ["flows/flow1.yaml", "flows/flow2.yaml", "flows/report.yaml"])
Config.set_celery_app(app)
""",
    "init": """
Config.init(app, "nodes.yaml", ["flows/flow1.yaml", "flows/flow2.yaml", "flows/report.yaml"])
""",
    "package": """
Config.set_celery_app(app)
Config.set_config_package("demo_flows")
""",
}

POOLS: Final = {
    "before": ("-P", "prefork", "--autoscale", "2,1"),
    "after": ("-P", "threads", "-c", "2"),
    "init": ("-P", "gevent", "-c", "4"),
    "package": ("-P", "solo"),
}

CLIENT: Final = """
import json
import demo
from selinon import run_flow

arguments = json.load(open("args/flow1.json"))
handle = run_flow("flow1", arguments)
report = run_flow("report", json.load(open("args/report.json")))
print(json.dumps([str(handle), handle.get(timeout=45), report.get(timeout=45)]))
"""


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """Return a folder with the example application, whose results all processes see."""
    place = tmp_path / "demo"
    shutil.copytree(ROOT / "examples", place)
    nodes = yaml.safe_load((place / "nodes.yaml").read_text(encoding="utf-8"))
    results = tmp_path / "results"
    results.mkdir()
    for storage in nodes["storages"]:
        storage["import"] = "selinon.storages.filesystem"
        storage["classname"] = "Filesystem"
        storage["configuration"] = {"path": str(results)}
    (place / "nodes.yaml").write_text(yaml.safe_dump(nodes), encoding="utf-8")
    return place


def _build(place: Path) -> None:
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("selinon-compile"), "build", "-n", "nodes.yaml"),
            *("-f", "flows", "--name", "demo_flows", "-o", "."),
        ],
        cwd=place,
        env=surroundings(place, {}),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("way", CONFIGURED)
def test_the_demonstration(way: str, demo: Path, redis_server: RedisServer) -> None:
    """A module configures the application; workers take their queues from the configuration; clients import it, too."""
    redis_server.client(4).flushdb()
    if way == "package":
        _build(demo)
    text = APPLICATION.format(broker=redis_server.url(4), backend=redis_server.url(5))
    (demo / "demo.py").write_text(text + CONFIGURED[way], encoding="utf-8")
    told = run_client(
        "import demo; from selinon import Config; "
        "print(','.join({*Config.task_queues.values(), *Config.dispatcher_queues.values()}))",
        demo,
        {},
    )
    queues = told.strip()
    assert set(queues.split(",")) == {"editing_v1", "tasks_v1", "dispatcher_v1"}
    worker = Worker("demo", "-Q", queues, *POOLS[way], environment={}, directory=demo)
    try:
        worker.wait_until_says(" ready.")
        id, flow1, report = json.loads(run_client(CLIENT, demo, {}))
        assert {name: len(ids) for name, ids in flow1["finished_nodes"].items()} == {
            "Draft": 2,
            "FixSpacing": 1,
            "flow2": 1,
            "Review": 1,
        }
        assert set(report["finished_nodes"]) == {"Outline", "Page", "Split", "UseSample", "flow2"}
        assert str(uuid.UUID(id)) == id
        assert worker.shut_down() == 0
    finally:
        worker.kill()


def test_rabbitmq(desk: Desk, tmp_path: Path) -> None:
    """Workers with several processes take messages from RabbitMQ, retries and sub-flows included."""
    queues = f"selinon-test-{uuid.uuid4()}"
    desk = Desk(desk.server, tmp_path, databases=(6, 7), broker=rabbitmq(), queues=queues)
    names = [f"{queues}.flows", f"{queues}.tasks"]
    worker = desk.worker("-Q", ",".join(names), "-c", "2")
    try:
        with desk.client() as app:
            handles = [run_flow(flow) for flow in ("wide", "flaky", "again", "outer")]
            for handle in handles[:3]:
                assert handle.get(timeout=30)["failed_nodes"] == {}
            with pytest.raises(FlowError):
                handles[3].get(timeout=30)
            worker.kill()
            with app.connection_for_write() as connection:
                for name in names:
                    connection.channel().queue_delete(name)
                    connection.channel().exchange_delete(name)
    finally:
        worker.kill()


def test_two_applications(desk: Desk, app: Celery, tmp_path: Path) -> None:
    """A process starts flows of one application, then of another, and of the first again; each has its own workers."""
    second = Desk(desk.server, tmp_path, databases=(6, 7))
    worker = second.worker(*QUEUES, "-P", "solo")
    other = Celery("other", broker=desk.server.url(6), backend=desk.server.url(7))
    try:
        handles = []
        for current in (app, other, app, other):
            Config.set_celery_app(current)
            handles.append(run_flow("chain"))
        for handle in handles:
            assert len(handle.get(timeout=30)["finished_nodes"]) == 6
        processes = [{process for *_, process in desk.ran(str(handle))} for handle in handles]
        assert not (processes[0] | processes[2]) & (processes[1] | processes[3])
    finally:
        worker.kill()
        installed(other).close()


@pytest.mark.parametrize("pool", ["prefork", "threads", "gevent", "solo"])
def test_warm_shutdown(pool: str, desk: Desk, tmp_path: Path) -> None:
    """A worker that is told to end lets its task finish, and takes the flow forward; nothing runs twice."""
    desk = Desk(desk.server, tmp_path, databases=(6, 7))
    worker = desk.worker(*QUEUES, "-P", pool, "-c", "1")
    try:
        with desk.client():
            handle = run_flow("slow", {"seconds": 2})
            desk.wait_for(str(handle), 1)
            assert worker.shut_down() == 0
            found = handle.get(timeout=5)
        assert sorted(found["finished_nodes"]) == ["Slow"]
        assert len(desk.ran(str(handle))) == 1
    finally:
        worker.kill()
