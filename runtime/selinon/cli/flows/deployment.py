"""Which deployment a command is about: options that say it, and the store of its runs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from selinon.errors import ConfigNotInitializedError, ConfigurationError
from selinon.store.protocol import Store
from selinon.worker.cancelling import Canceller

__all__ = ["Deployment", "of_deployment"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment whose store is open; `application` is None when only the address of the store is known."""

    store: Store
    application: Any

    def canceller(self) -> Canceller:
        """Return what cancels runs; it tells of their ends if the application can."""
        if self.application is not None:
            from selinon.worker.application import installed

            try:
                return installed(self.application).canceller()
            except ConfigNotInitializedError:
                pass
        return Canceller(self.store)


def of_deployment(function: F) -> F:
    """Add the options that name a deployment to a command, whose first argument is the deployment."""

    @click.option(
        "-A",
        "--app",
        metavar="MODULE[:ATTRIBUTE]",
        help="The Celery application of the deployment, as for `celery -A`.",
    )
    @click.option(
        "--state-store",
        metavar="URL",
        help="The address of its state store, instead; SELINON_STATE_STORE without either.",
    )
    @click.option(
        "--key-prefix",
        metavar="TEXT",
        help="How the keys in this store begin, if selinon_key_prefix is set.",
    )
    @functools.wraps(function)
    def with_deployment(
        app: str | None, state_store: str | None, key_prefix: str | None, **options: Any
    ) -> Any:
        with _opened(app, state_store, key_prefix) as deployment:
            return function(deployment, **options)

    return with_deployment  # type: ignore[return-value]  # options in, the same out


@contextmanager
def _opened(
    app: str | None, state_store: str | None, key_prefix: str | None
) -> Iterator[Deployment]:
    from selinon.worker.settings import settings_of
    from selinon.worker.stores import open_store, result_backend_of

    if app is not None and (state_store or key_prefix):
        raise click.UsageError("give either --app, or --state-store and perhaps --key-prefix")
    application = None if app is None else _application(app)
    if application is not None:
        settings, backend = settings_of(application.conf), result_backend_of(application.conf)
    else:
        given = {"selinon_state_store": state_store, "selinon_key_prefix": key_prefix}
        settings, backend = settings_of(given), None
        if settings.state_store is None:
            raise click.UsageError("give --app or --state-store, or set SELINON_STATE_STORE")
    if (settings.state_store or "").startswith("memory:"):
        raise ConfigurationError(
            "the state store memory:// is in the process of the workers, where no other process can look"
        )
    store = open_store(settings, backend)
    try:
        yield Deployment(store=store, application=application)
    finally:
        store.close()


def _application(name: str) -> Any:
    """Return a Celery application by its module, as the command `celery` finds it."""
    try:
        from celery import Celery
        from celery.app.utils import find_app
    except ImportError as error:
        raise ConfigurationError(
            f'--app needs Celery: {error}\nhelp: pip install "selinon[celery]"'
        ) from error
    try:
        found = find_app(name)
    except Exception as error:  # of the module, which is the user's
        text = str(error).splitlines() or [""]
        raise ConfigurationError(
            f"cannot load the Celery application `{name}`: {type(error).__name__}: {text[0]}"
        ) from error
    if not isinstance(found, Celery):
        raise ConfigurationError(f"`{name}` is no Celery application")
    return found
