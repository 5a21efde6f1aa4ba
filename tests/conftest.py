"""What holds for all tests: how hypothesis searches, and an environment that says nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("local", deadline=None)
# The same commit gives the same outcome, whoever runs it.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")

KEPT = frozenset({"SELINON_UPDATE_GOLDEN"})


@pytest.fixture(autouse=True, scope="session")
def _no_settings_from_outside() -> Iterator[None]:
    """Hide the variables by which the command line tools take options, as a developer may have set some."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("SELINON_")]:
            if name not in KEPT:
                patch.delenv(name)
        yield
