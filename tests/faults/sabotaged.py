"""The application as workers run it, prepared to fail: `celery -A tests.faults.sabotaged worker`."""

from __future__ import annotations

from tests.faults.application import application
from tests.faults.sabotage import sabotage, shorten
from tests.faults.stage import Leases, staged

__all__ = ["app"]

_STAGE = staged()
_SETTINGS = _STAGE.settings()

if _SETTINGS["leases"] is not None:
    shorten(Leases(**_SETTINGS["leases"]))
sabotage(_STAGE, _SETTINGS["mutation"])

app = application(_STAGE)
