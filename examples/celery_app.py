"""The example application on Celery: what its workers and its clients import.

The configuration is that of `nodes.yaml`, but for the storages: results of tasks are kept in files, where all workers
find them, and not in the memory of one process.
"""

from __future__ import annotations

import os
from pathlib import Path

import yaml
from celery import Celery

from selinon import Config

HERE = Path(__file__).parent
REDIS = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
BROKER = os.environ.get("BROKER_URL", REDIS)
RESULTS = os.environ.get("RESULTS_DIR", str(HERE / "results"))


def nodes() -> dict[str, object]:
    """Return what `nodes.yaml` holds, with storages that several workers can share."""
    found: dict[str, object] = yaml.safe_load((HERE / "nodes.yaml").read_text(encoding="utf-8"))
    found["storages"] = [
        {
            "name": name,
            "import": "selinon.storages.filesystem",
            "classname": "Filesystem",
            "configuration": {"path": RESULTS},
        }
        for name in ("Texts", "Words")
    ]
    return found


def flows() -> list[dict[str, object]]:
    """Return what the flow files hold."""
    return [
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted((HERE / "flows").glob("*.yaml"))
    ]


# The state store, which is the record of all runs, is the result backend, as nothing else is set.
app = Celery("example", broker=BROKER, backend=REDIS)
Config.set_celery_app(app)
Config.set_config_dict(nodes(), flows())
