"""Environment references in what an adapter is configured with."""

from __future__ import annotations

import os
from typing import TypeVar

from selinon.abi import expand
from selinon.errors import ConfigurationError

__all__ = ["expanded"]

T = TypeVar("T")


def expanded(option: str, value: T) -> T | str:
    """Return a value with every `{NAME}` replaced by that environment variable; only texts can have any.

    Raises:
        ConfigurationError: a variable is not set, or a brace is not part of a reference; `option` tells where.
    """
    if not isinstance(value, str):
        return value
    try:
        return expand(value, os.environ)
    except KeyError as error:
        raise ConfigurationError(
            f"`{option}` refers to the environment variable {error}, which is not set"
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"`{option}` is not well formed: {error}") from None
