"""The public names of `selinon`."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
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


def _modules(package: ModuleType) -> list[str]:
    return [info.name for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]


@pytest.mark.parametrize("name", [*_modules(selinon), *_modules(selinon_compiler)])
def test_examples_in_docstrings_hold(name: str) -> None:
    """The examples in docstrings give what they say."""
    if name.endswith("__main__"):
        pytest.skip("it would run")
    outcome = doctest.testmod(importlib.import_module(name), raise_on_error=False)
    assert outcome.failed == 0
