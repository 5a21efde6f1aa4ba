"""`selinon-cli flows`: runs on the workers of a deployment."""

from __future__ import annotations

import click

from selinon.cli.flows import cancelling, listing, showing


@click.group("flows", commands=[listing.command, showing.command, cancelling.command])
def command() -> None:
    """Look after the runs of a deployment: list them, show one, cancel some.

    Which deployment is told by its Celery application, or by the address of its state store.
    """
