"""The version of the distribution: the only place in which it is written."""

from __future__ import annotations

from typing import Final

VERSION: Final = "2.0.0"
"""Version of compiler, runtime and templates alike: they are released as one distribution."""

ABI_VERSION: Final = 1
"""Version of the contract between emitted packages and the runtime, `selinon.abi`; a package names the one it needs."""

CODENAME: Final = "Parsley"
"""Name of the release, printed by `selinon-cli version --codename`."""
