"""The public names of `selinon`."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys
from types import ModuleType

import pytest

import selinon
import selinon_compiler


def test_every_public_name_can_be_imported() -> None:
    """Each name in `__all__` is there, and is what it is called."""
    for name in selinon.__all__:
        value = getattr(selinon, name)
        assert isinstance(value, str) or value.__name__ == name


def test_no_other_name_is_invented() -> None:
    """A misspelt name is an AttributeError, as in any module."""
    with pytest.raises(AttributeError, match="SelinonTusk"):
        _ = selinon.SelinonTusk


def test_dispatcher() -> None:
    """The class is that of the registered task, and nothing but itself needs Celery."""
    celery = pytest.importorskip("celery")
    from selinon import Config, Dispatcher

    app = celery.Celery("test", set_as_current=False)
    try:
        Config.set_celery_app(app)
    finally:
        Config.set_celery_app(None)
    assert isinstance(app.tasks[Dispatcher.name], Dispatcher)
    assert "Dispatcher" in dir(selinon)
    code = "import sys; sys.modules['celery'] = None; from selinon import *; Config.set_celery_app(None)"
    subprocess.run([sys.executable, "-c", code], check=True)


FIRST_VERSION = [
    ("selinon.cache", "Cache"),
    ("selinon.caches", "FIFO LIFO LRU MRU RR"),
    ("selinon.config", "Config"),
    ("selinon.data_storage", "DataStorage SelinonMissingDataException"),
    (
        "selinon.errors",
        "CacheMissError ConfigNotInitializedError ConfigurationError FatalTaskError FlowError NoParentNodeError "
        "RequestError Retry SelectiveNoPathError StorageError UnknownError UnknownFlowError UnknownStorageError",
    ),
    ("selinon.predicates", "fieldEqual argsFieldEqual alwaysTrue envEqual httpStatus"),
    ("selinon.routines", "always_run"),
    ("selinon.run", "run_flow run_flow_selective"),
    ("selinon.selinon_task", "SelinonTask"),
    ("selinon.storage_pool", "StoragePool"),
    ("selinon.storages.filesystem", "Filesystem"),
    ("selinon.storages.memory", "InMemoryStorage"),
    (
        "selinon.strategies",
        "constant random linear_increase linear_adapt biexponential_increase biexponential_decrease "
        "biexponential_adapt",
    ),
    ("selinon.trace", "Trace"),
]
"""Where programs written for the first version import from, and what."""


@pytest.mark.parametrize(("module", "names"), FIRST_VERSION)
def test_import_paths_of_the_first_version(module: str, names: str) -> None:
    """The names are where they were, and are the same objects as the public ones of that name."""
    found = importlib.import_module(module)
    for name in names.split():
        value = getattr(found, name)
        assert value.__name__ == name
        assert getattr(selinon, name, value) is value


def _modules(package: ModuleType) -> list[str]:
    return [info.name for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]


@pytest.mark.parametrize("name", [*_modules(selinon), *_modules(selinon_compiler)])
def test_examples_in_docstrings_hold(name: str) -> None:
    """The examples in docstrings give what they say."""
    if name.endswith("__main__"):
        pytest.skip("it would run")
    outcome = doctest.testmod(importlib.import_module(name), raise_on_error=False)
    assert outcome.failed == 0
