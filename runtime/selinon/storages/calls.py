"""Calls to adapters' methods that may be written in two ways."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["call_with_record"]

_NAMES = ("flow_name", "task_name", "task_id")


def call_with_record(
    method: Callable[..., object],
    node_args: Any,
    flow_name: str,
    task_name: str,
    task_id: str,
    what: Any,
) -> object:
    """Call `store` or `store_error`, with `node_args` only if the method takes it.

    A method whose parameters have the documented names gets `node_args` if it has a parameter of that name; of
    others the number of parameters decides. `what` is the result or the exception, always the last argument.
    """
    record = (flow_name, task_name, task_id)
    signature = inspect.signature(method)
    parameters = list(signature.parameters)
    if parameters[:1] == ["node_args"]:
        return method(node_args, *record, what)
    if tuple(parameters[:3]) == _NAMES:
        extra = {"node_args": node_args} if "node_args" in parameters else {}
        return method(*record, what, **extra)
    try:
        signature.bind(node_args, *record, what)
    except TypeError:
        return method(*record, what)
    return method(node_args, *record, what)
