"""`selinon-cli version`."""

from __future__ import annotations

import click

from selinon.version import CODENAME, VERSION


@click.command("version")
@click.option("--codename", is_flag=True, help="Show the codename, too.")
def command(codename: bool) -> None:
    """Show the version."""
    click.echo(f"{VERSION} ({CODENAME})" if codename else VERSION)
