"""The application of the fault tests."""

from __future__ import annotations

from pathlib import Path

from celery import Celery
from tests.faults.stage import Stage

from selinon import Config

__all__ = ["FLOWS", "application"]

FLOWS = Path(__file__).parent / "flows"


def application(stage: Stage) -> Celery:
    """Return an application of a stage, with Selinon configured."""
    settings = stage.settings()
    app = Celery("faults", broker=settings["broker"], backend=settings["backend"])
    app.conf.update(
        selinon_state_store=settings["store"],
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 2},
        redis_socket_timeout=5,
        result_backend_always_retry=False,
        worker_send_task_events=False,
        **settings["settings"],
    )
    Config.set_celery_app(app)
    Config.set_config_yaml(FLOWS / "nodes.yaml", FLOWS / "flows.yaml")
    return app
