"""What can be set about running flows on workers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from selinon.errors import ConfigurationError

__all__ = ["Settings", "settings_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of an application: each is `selinon_<name>` in Celery's configuration, or `SELINON_<NAME>` outside it.

    `state_store` is the address of the state store; by default that of the result backend. `key_prefix` begins all of
    its keys. `inline` lets workers decide about a flow right where a task ended, if they consume the flow's queue;
    without it, only workers that take messages of the flow's queue do. `max_args_size` bounds what a node is given, in
    bytes of JSON, `max_active_nodes` how many nodes of a run are active at the same time, and `max_lost` how often the
    attempt of a task may be lost with its worker before the task is taken to be what kills it. `result_expires` is the
    number of seconds for which a run that ended stays on record.
    """

    state_store: str | None = None
    key_prefix: str = "selinon:"
    inline: bool = True
    max_args_size: int = 262_144
    max_active_nodes: int = 100_000
    max_lost: int = 3
    result_expires: float = 86_400.0


def settings_of(conf: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings in Celery's configuration, and those of the environment where it has none.

    Raises:
        ConfigurationError: a value is not of the kind that it has to be.
    """
    found: dict[str, Any] = {}
    for name, (read, wanted) in _KINDS.items():
        value = conf.get(f"selinon_{name}")
        where = f"selinon_{name}"
        if value is None:
            where = where.upper()
            value = environment.get(where)
        if value is not None:
            try:
                found[name] = read(value)
            except ValueError:
                raise ConfigurationError(f"{where} is {value!r}: {wanted}") from None
    if "result_expires" not in found and conf.get("result_expires"):
        found["result_expires"] = _seconds(conf.get("result_expires"))
    return Settings(**found)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if isinstance(value, bool):
        return value
    try:
        return known[str(value).lower()]
    except KeyError:
        raise ValueError from None


def _count(value: Any) -> int:
    count = int(value)
    if count < 1:
        raise ValueError
    return count


def _seconds(value: Any) -> float:
    seconds = float(value.total_seconds() if hasattr(value, "total_seconds") else value)
    if not seconds > 0:
        raise ValueError
    return seconds


_TEXT = (_text, "it has to be text that is not empty")
_COUNT = (_count, "it has to be a whole number from 1")

_KINDS: Final[dict[str, tuple[Callable[[Any], Any], str]]] = {
    "state_store": _TEXT,
    "key_prefix": _TEXT,
    "inline": (_flag, "it has to be true or false"),
    "max_args_size": _COUNT,
    "max_active_nodes": _COUNT,
    "max_lost": _COUNT,
    "result_expires": (_seconds, "it has to be a number of seconds above 0"),
}
