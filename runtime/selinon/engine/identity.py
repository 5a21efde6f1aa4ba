"""Ids of nodes: derived from what starts them, so that a step that is repeated names the same nodes."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable

from selinon.engine.state import Run

_NAMESPACE = uuid.UUID("8d0a9f3c-5c53-5b0e-9a55-2f5d8f9f7c11").bytes
_encode = json.JSONEncoder(separators=(",", ":")).encode


def node_id(run: Run, place: str, parents: Iterable[str], position: int) -> str:
    """Return the id of the node at a position among those that one firing starts.

    `place` is the key of the edge or rule, `parents` are the ids of the combination that fired it. The id is a UUID
    of version 5, put together here: `uuid.uuid5` would take a third of a step's time.
    """
    key = _encode([run.id, run.attempt, place, *parents, position])
    digest = hashlib.sha1(_NAMESPACE + key.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
