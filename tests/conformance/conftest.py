"""The original, for the tests that compare with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conformance.original.client import Original
from tests.conformance.original.environment import NotInstalledError
from tests.lacking import lacking


@pytest.fixture(scope="session")
def original() -> Iterator[Original]:
    """Return the original, in its own environment; without it, nothing can be compared."""
    try:
        player = Original()
    except NotInstalledError as error:
        lacking(f"the original cannot be installed: {error}")
    with player:
        yield player
