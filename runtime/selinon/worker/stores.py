"""Which store keeps the record of runs."""

from __future__ import annotations

from typing import Any, Final

from selinon.errors import ConfigurationError
from selinon.store.in_process import InProcessStore
from selinon.store.protocol import Store
from selinon.worker.settings import Settings

__all__ = ["open_store", "result_backend_of"]

_IN_PROCESS: Final = InProcessStore()
"""The store `memory://`, for workers that run in the process that starts flows; all of them share it."""

_HELP = (
    "help: set `selinon_state_store` in Celery's configuration, or SELINON_STATE_STORE, "
    "to the address of a Redis server: redis://host:6379/0"
)


def open_store(settings: Settings, result_backend: str | None) -> Store:
    """Return the store that is set or, if none is, the one that the result backend can be.

    Raises:
        ConfigurationError: there is none, it is of a kind that cannot keep runs, or its library is not installed.
    """
    url = settings.state_store or result_backend or ""
    scheme = url.partition("://")[0]
    if scheme in ("redis", "rediss", "unix"):
        try:
            from selinon.store.redis import RedisStore
        except ImportError as error:
            raise ConfigurationError(
                f"the state store {scheme}:// needs the Redis library: {error}\n"
                'help: pip install "selinon[celery,redis]"'
            ) from error
        return RedisStore(url, settings.key_prefix)
    if settings.state_store and scheme == "memory":
        return _IN_PROCESS
    if settings.state_store:
        raise ConfigurationError(f"`{scheme}` is no kind of state store\n{_HELP}")
    if not url:
        raise ConfigurationError(
            f"there is no state store: the application has no result backend either\n{_HELP}"
        )
    raise ConfigurationError(
        f"the result backend `{scheme}` cannot be the state store: it cannot change several records "
        f"at once\n{_HELP}"
    )


def result_backend_of(conf: Any) -> str | None:
    """Return the address of an application's result backend."""
    found = conf.get("result_backend")
    return found if isinstance(found, str) else None
