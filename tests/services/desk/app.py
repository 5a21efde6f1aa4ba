"""The Celery application of the desk, as a worker finds it: `celery -A tests.services.desk.app worker`."""

from __future__ import annotations

import os
from pathlib import Path

from celery import Celery

from selinon import Config

HERE = Path(__file__).parent

app = Celery("desk", broker=os.environ["DESK_BROKER"], backend=os.environ["DESK_BACKEND"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    worker_send_task_events=True,
    task_send_sent_event=True,
)
Config.set_celery_app(app)
Config.set_config_yaml(str(HERE / "nodes.yaml"), [str(HERE / "flows.yaml")])
if os.environ.get("DESK_TRACE"):
    from tests.services.desk.tasks import trace

    Config.trace_by_func(trace)
    Config.trace_by_logging()
