"""Ids of nodes: derived from what starts them, so that a step that is repeated names the same nodes."""

from __future__ import annotations

import json
from collections.abc import Iterable

from selinon.engine.state import Run

# OpenSSL, which `hashlib` loads, takes more memory than all of the engine.
try:
    from _sha1 import sha1  # type: ignore[import-not-found,unused-ignore]  # not typed anywhere
except ImportError:  # a Python built without it
    from hashlib import sha1

_NAMESPACE = bytes.fromhex("8d0a9f3c5c535b0e9a552f5d8f9f7c11")
_encode = json.JSONEncoder(separators=(",", ":")).encode


def node_id(run: Run, place: str, parents: Iterable[str], position: int) -> str:
    """Return the id of the node at a position among those that one firing starts.

    `place` is the key of the edge or rule, `parents` are the ids of the combination that fired it. The id is a UUID
    of version 5, put together here: `uuid.uuid5` would take a third of a step's time.
    """
    key = _encode([run.id, run.attempt, place, *parents, position])
    digest = sha1(_NAMESPACE + key.encode()).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
