"""The rules: one file each, found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache


@cache
def load() -> tuple[str, ...]:
    """Import every rule's module, in the order of their names, and return the names."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    for name in names:
        importlib.import_module(f"{__name__}.{name}")
    return tuple(names)
