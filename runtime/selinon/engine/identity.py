"""Ids of nodes: derived from what starts them, so that a step that is repeated names the same nodes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable

from selinon.engine.state import Run

_NAMESPACE = uuid.UUID("8d0a9f3c-5c53-5b0e-9a55-2f5d8f9f7c11")


def node_id(run: Run, place: str, parents: Iterable[str], position: int) -> str:
    """Return the id of the node at a position among those that one firing starts.

    `place` is the key of the edge or rule, `parents` are the ids of the combination that fired it.
    """
    key = json.dumps([run.id, run.attempt, place, *parents, position], separators=(",", ":"))
    return str(uuid.uuid5(_NAMESPACE, key))
