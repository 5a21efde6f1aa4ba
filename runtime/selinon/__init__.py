"""Selinon: flows of tasks, described in YAML, compiled to packages, run by workers or in one process.

The names below are imported when they are first used: a program that needs one of them does not pay for the others.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from selinon.caches import Cache
    from selinon.config import Config
    from selinon.errors import (
        CacheMissError,
        ConfigNotInitializedError,
        ConfigurationError,
        FatalTaskError,
        FlowError,
        NoParentNodeError,
        RequestError,
        Retry,
        SelectiveNoPathError,
        SelinonMissingDataException,
        StorageError,
        UnknownError,
        UnknownFlowError,
        UnknownStorageError,
    )
    from selinon.run import run_flow, run_flow_selective
    from selinon.storages.adapter import DataStorage
    from selinon.storages.pool import StoragePool
    from selinon.task import SelinonTask
    from selinon.trace import Trace
    from selinon.version import CODENAME as selinon_version_codename
    from selinon.version import VERSION as selinon_version
    from selinon.worker.application import Dispatcher as Dispatcher

__all__ = [
    "Cache",
    "CacheMissError",
    "Config",
    "ConfigNotInitializedError",
    "ConfigurationError",
    "DataStorage",
    "FatalTaskError",
    "FlowError",
    "NoParentNodeError",
    "RequestError",
    "Retry",
    "SelectiveNoPathError",
    "SelinonMissingDataException",
    "SelinonTask",
    "StorageError",
    "StoragePool",
    "Trace",
    "UnknownError",
    "UnknownFlowError",
    "UnknownStorageError",
    "run_flow",
    "run_flow_selective",
    "selinon_version",
    "selinon_version_codename",
]

_ELSEWHERE: Final[dict[str, tuple[str, str]]] = {
    "Cache": ("caches", "Cache"),
    "Config": ("config", "Config"),
    # Not in `__all__`: with it, `from selinon import *` would need Celery.
    "Dispatcher": ("worker.application", "Dispatcher"),
    "DataStorage": ("storages.adapter", "DataStorage"),
    "SelinonTask": ("task", "SelinonTask"),
    "StoragePool": ("storages.pool", "StoragePool"),
    "Trace": ("trace", "Trace"),
    "run_flow": ("run", "run_flow"),
    "run_flow_selective": ("run", "run_flow_selective"),
    "selinon_version": ("version", "VERSION"),
    "selinon_version_codename": ("version", "CODENAME"),
}
"""The module and the name in it of each public name; what is in `__all__` and not here is an error class."""


def __getattr__(name: str) -> Any:
    """Import a public name."""
    if name not in __all__ and name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _ELSEWHERE.get(name, ("errors", name))
    value = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted({*__all__, *_ELSEWHERE})
