"""The function that says how often an edge starts its destination."""

from __future__ import annotations

from typing import Any


def paragraphs(storage_pool: Any, node_args: Any) -> list[dict[str, str]]:
    """Return the arguments of one run of `flow2` per paragraph that `Split` found."""
    return [{"text": paragraph} for paragraph in storage_pool.get("Split")["paragraphs"]]
