"""The Celery application with which flows on workers are measured, beside Celery's own canvas; for either system.

The environment variable `BENCH_APP` holds JSON: `configuration` for Celery, and `flows`, a file.
"""

from __future__ import annotations

import json
import os

from celery import Celery
from worker_tasks import note_start  # type: ignore[import-not-found]  # beside this file

from selinon import Config

_SETTINGS = json.loads(os.environ["BENCH_APP"])

app = Celery("benchmark")
app.conf.update(_SETTINGS["configuration"])
Config.set_celery_app(app)
Config.set_config_yaml(_SETTINGS["flows"], [_SETTINGS["flows"]])


@app.task  # type: ignore[untyped-decorator]  # Celery has no types
def step(*_results: None) -> None:
    """Do nothing, as the tasks of the flows."""
    note_start()
