"""Selinon: flows of tasks, described in YAML, compiled to packages, run by Celery workers or in one process."""

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
from selinon.storages.adapter import DataStorage
from selinon.storages.pool import StoragePool
from selinon.task import SelinonTask
from selinon.trace import Trace
from selinon.version import CODENAME as selinon_version_codename
from selinon.version import VERSION as selinon_version

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
    "selinon_version",
    "selinon_version_codename",
]
