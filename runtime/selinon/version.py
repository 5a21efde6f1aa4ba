"""The version of the distribution: the only place in which it is written."""

from __future__ import annotations

from typing import Final

VERSION: Final = "2.0.0"
"""Version of compiler, runtime and templates alike: they are released as one distribution."""

CODENAME: Final = "Parsley"
"""Name of the release, printed by `selinon-cli version --codename`."""
