"""The original, for the tests that compare with it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tests.conformance.original.client import Original
from tests.conformance.original.environment import NotInstalledError


@pytest.fixture(scope="session")
def original() -> Iterator[Original]:
    """Return the original, in its own environment; without it, nothing can be compared."""
    try:
        player = Original()
    except NotInstalledError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"the original cannot be installed: {error}")
        pytest.skip(f"the original cannot be installed: {error}")
    with player:
        yield player
