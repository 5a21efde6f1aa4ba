"""The command `selinon-compile`: one module per command, imported when it is called."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from selinon.version import VERSION

COMMANDS = {
    "build": "Compile into a package directory and a wheel.",
    "check": "Find every mistake in nodes and flow files.",
    "dump": "Show what the compiler sees after a pass.",
    "explain": "Explain what diagnostics mean.",
    "schema": "Print the JSON Schema of nodes or flow files.",
}


class _Commands(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"selinon_compiler.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; of one that does not exist, say which is meant."""
        from selinon_compiler.diagnostics import did_you_mean

        near = None if args[0] in COMMANDS else did_you_mean(args[0], COMMANDS)
        if near:
            ctx.fail(f"no such command `{args[0]}`; a similar one exists: `{near}`")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands)
@click.version_option(VERSION, prog_name="selinon-compile")
def group() -> None:
    """Compile YAML definitions of task flows into a versioned Python package.

    `selinon-compile explain CODE` says more about what was found.

    Exit status: 0 when nothing was found, 1 on errors, 2 on wrong usage, 3 on an error of the compiler itself.
    """


def run() -> None:
    """Run the command line, and leave without taking down what was made: that would be a tenth of the work."""
    try:
        main()
    except SystemExit as end:
        with contextlib.suppress(OSError):
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(end.code if isinstance(end.code, int) else 0)
        raise  # a stream could not be flushed: to end the usual way says so


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; it ends by SystemExit."""
    try:
        group.main(args=arguments, prog_name="selinon-compile")
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            _give_up(error)
        import traceback

        traceback.print_exc()
        click.echo(
            f"\nselinon-compile {VERSION} failed on Python {sys.version.split()[0]}: {type(error).__name__}\n"
            "This is an error of the compiler. Please report it with the text above and the files that lead to it.",
            err=True,
        )
        sys.exit(3)


def _give_up(error: OSError) -> NoReturn:
    """End with status 1: the disk is full, the working directory is gone, or the like."""
    sys.stdout = io.StringIO()  # what could not be written is not tried again at the end
    click.echo(f"error: {error}", err=True)
    sys.exit(1)
