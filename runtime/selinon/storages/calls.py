"""Calls to methods of adapters and caches that may be written in two ways."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["call_with_record", "method_of", "with_known_names"]

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
    parameters = tuple(signature.parameters)
    if "node_args" in parameters[1:]:
        return method(*record, what, node_args=node_args)
    if parameters[:3] == _NAMES:
        return method(*record, what)
    try:
        signature.bind(node_args, *record, what)
    except TypeError:
        return method(*record, what)
    return method(node_args, *record, what)


def method_of(adapter: object, name: str) -> Callable[..., object]:
    """Return a method of an adapter, whose class need not be derived from `DataStorage`.

    Raises:
        NotImplementedError: the adapter has no such method.
    """
    method: Callable[..., object] | None = getattr(adapter, name, None)
    if method is None:
        raise NotImplementedError(f"{type(adapter).__name__} has no `{name}`")
    return method


def with_known_names(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method made to ignore those keyword arguments that it has no parameters for."""
    parameters = inspect.signature(method).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return method

    def call(*values: object, **named: object) -> Any:
        return method(*values, **{name: named[name] for name in named if name in parameters})

    return call
