"""`selinon-cli verify`."""

from __future__ import annotations

import importlib.util
import sys

import click

from selinon.errors import ConfigurationError
from selinon.loading.verification import verify


@click.command("verify")
@click.argument("directory", required=False, type=click.Path())
@click.option("--package", help="A package that can be imported, by its name.")
def command(directory: str | None, package: str | None) -> None:
    """Compare every file of a compiled package with what was built.

    Exit status: 0 when all are the same, 1 when not, 2 on wrong usage.
    """
    if (directory is None) == (package is None):
        raise click.UsageError("give either the directory of a package or --package")
    try:
        found = verify(_directory_of(package) if directory is None else directory)
    except OSError as error:
        raise ConfigurationError(str(error)) from error
    for problem in found.problems:
        click.echo(problem)
    if found.problems:
        sys.exit(1)
    click.echo(f"all {found.files} files are as they were built")


def _directory_of(package: str | None) -> str:
    """Return where a package lies; nothing of it is run."""
    try:
        spec = importlib.util.find_spec(package or "")
    except (ImportError, ValueError) as error:
        raise ConfigurationError(f"cannot find the package `{package}`: {error}") from error
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(f"there is no package `{package}`")
    return next(iter(spec.submodule_search_locations))
