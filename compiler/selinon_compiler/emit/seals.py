"""What a package says of how it was made: the keys of its parts, under a seal.

The seal is a digest of the keys and of all other files. It tells an earlier build that is as it was written from one
that is not, whatever happened to it; it is not a signature.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

_SEAL: Final = b',\n"seal":"'
_END: Final = b'"\n}\n'
"""What stands before the seal, and behind it at the end of the text."""


def sealed(text: str, digests: Mapping[str, str]) -> bytes:
    """Return the text of an object with the seal as its last entry; `digests` are those of all other files."""
    head = text.removesuffix("\n}\n").encode("ascii")
    return b"".join((head, _SEAL, _seal(head, digests), _END))


def unsealed(content: bytes, digests: Mapping[str, str]) -> Any:
    """Return what `sealed` made a text of, decoded; None when it, or a file, is not as it was then."""
    head, _, rest = content.rpartition(_SEAL)
    if not head or rest != _seal(head, digests) + _END:
        return None
    return json.loads(head + b"\n}\n")


def _seal(head: bytes, digests: Mapping[str, str]) -> bytes:
    files = "".join(f"{path} {digests[path]}\n" for path in sorted(digests))
    seal = hashlib.sha256(files.encode("utf-8", "surrogateescape") + head)
    return seal.hexdigest().encode("ascii")
