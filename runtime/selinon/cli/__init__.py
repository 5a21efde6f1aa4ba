"""The command `selinon-cli`: one module per command, imported when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import click

from selinon.errors import SelinonError
from selinon.version import VERSION

COMMANDS = ("execute", "flows", "inspect", "verify", "version")

INTERRUPTED = 130
"""Exit status after Ctrl-C."""


class _Commands(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"selinon.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; of one that does not exist, say which is meant."""
        if args[0] not in COMMANDS:
            import difflib

            for near in difflib.get_close_matches(args[0], COMMANDS, 1):
                ctx.fail(f"no such command `{args[0]}`; a similar one exists: `{near}`")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; one that is interrupted ends with the status that shells give to it."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            sys.exit(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"auto_envvar_prefix": "SELINON"})
@click.option("-v", "--verbose", count=True, help="Say what is going on; twice for everything.")
@click.option("--no-color", is_flag=True, help="Do not use colors.")
@click.version_option(VERSION, prog_name="selinon-cli", allow_from_autoenv=False)
@click.pass_context
def group(ctx: click.Context, verbose: int, no_color: bool) -> None:
    """Work with flows: execute them in this process, look after those on workers, inspect their configuration."""
    import logging

    level = (logging.WARNING, logging.INFO)[verbose] if verbose < 2 else logging.DEBUG
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    ctx.obj = {"verbose": verbose}
    if no_color:
        ctx.color = False


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; it ends by SystemExit: 0 for success, 1 for failure, 2 for wrong usage.

    An interrupted command ends with 130.
    """
    sys.path.insert(
        0, ""
    )  # modules of users are looked for in the working directory, as with `python -m`
    try:
        group.main(args=arguments, prog_name="selinon-cli")
    except SelinonError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
