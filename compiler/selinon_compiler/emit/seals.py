"""What a package says of how it was made: the keys of its parts, under a seal.

The seal is a digest of the keys and of all other files. It tells an earlier build that is as it was written from one
that is not, whatever happened to it; it is not a signature.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

_SEAL: Final = ',\n"seal":"'
"""What stands before the seal, at the end of the text."""


def sealed(text: str, digests: Mapping[str, str]) -> bytes:
    """Return the text of an object with the seal as its last entry; `digests` are those of all other files."""
    head = text.removesuffix("\n}\n")
    return f'{head}{_SEAL}{_seal(head, digests)}"\n}}\n'.encode("ascii")


def unsealed(content: bytes, digests: Mapping[str, str]) -> Any:
    """Return what `sealed` made a text of, decoded; None when it, or a file, is not as it was then."""
    head, _, rest = content.decode("ascii", "replace").rpartition(_SEAL)
    if not head or rest != f'{_seal(head, digests)}"\n}}\n':
        return None
    return json.loads(f"{head}\n}}\n")


def _seal(head: str, digests: Mapping[str, str]) -> str:
    files = (f"{path} {digests[path]}" for path in sorted(digests))
    return hashlib.sha256("\n".join((*files, head)).encode("ascii", "replace")).hexdigest()
