"""Ids of nodes: derived from what starts them, so that a step that is repeated names the same nodes."""

from __future__ import annotations

from collections.abc import Iterable
from json.encoder import encode_basestring_ascii as _quoted

from selinon.engine.state import Run

# OpenSSL, which `hashlib` loads, takes more memory than all of the engine.
try:
    from _sha1 import sha1  # type: ignore[import-not-found,unused-ignore]  # not typed anywhere
except ImportError:  # a Python built without it
    from hashlib import sha1

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_NAMESPACE = bytes.fromhex("8d0a9f3c5c535b0e9a552f5d8f9f7c11")


def node_id(run: Run, place: str, parents: Iterable[str], position: int) -> str:
    """Return the id of the node at a position among those that one firing starts.

    `place` is the key of the edge or rule, `parents` are the ids of the combination that fired it. The id is a UUID
    of version 5, put together here: `uuid.uuid5` would take a third of a step's time, and so would `json.dumps` of
    the list that is digested.
    """
    parts = ",".join(map(_quoted, (place, *parents)))
    key = f"[{_quoted(run.id)},{run.attempt},{parts},{position}]"
    x = sha1(_NAMESPACE + key.encode()).hexdigest()
    return f"{x[:8]}-{x[8:12]}-5{x[13:16]}-{_VARIANT[x[16]]}{x[17:20]}-{x[20:32]}"
