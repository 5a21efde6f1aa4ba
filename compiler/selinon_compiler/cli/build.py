"""`selinon-compile build`."""

from __future__ import annotations

import os
import sys

import click

from selinon.version import VERSION
from selinon_compiler import emit
from selinon_compiler.build import build
from selinon_compiler.cli.options import reporting, sources
from selinon_compiler.cli.report import report
from selinon_compiler.driver import Compilation, compile_files
from selinon_compiler.emit.parts import Target


@click.command("build")
@sources()
@click.option("--name", required=True, help="Name of the package.")
@click.option("--version", default="1.0.0", show_default=True, help="Version of the package.")
@click.option(
    "-o", "--output-dir", "output", required=True, type=click.Path(), help="Where the package goes."
)
@click.option("--check", is_flag=True, help="Write nothing; fail when something would change.")
@reporting
def command(
    nodes: str,
    flows: tuple[str, ...],
    name: str,
    version: str,
    output: str,
    check: bool,
    form: str,
    strict: bool,
) -> tuple[Compilation, emit.EmittedPackage]:
    """Compile into a package directory and a wheel."""
    problem = emit.check_name(name) or emit.check_version(version)
    if problem:
        raise click.UsageError(problem)
    result = compile_files(nodes, flows)
    report(result.diagnostics, form, strict=strict)
    assert result.system is not None, "without errors there is a system"
    target = Target(name=name, version=version, compiler_version=VERSION)
    try:
        found = emit.read(name, output) if check else emit.prepare(name, output)
        package = build(result.system, result.schemas, target, found)
        archive = emit.wheel(package)
        if check:
            _compare(emit.check(package, archive, output, found))
        else:
            _tell(package, archive.file, output, form, emit.write(package, archive, output, found))
    except (emit.OutputError, OSError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    return result, package


def _tell(
    package: emit.EmittedPackage, wheel: str, output: str, form: str, written: tuple[str, ...]
) -> None:
    if form == "human":
        click.echo(f"{os.path.join(output, package.name)}: {len(package.files)} files")
        click.echo(os.path.join(output, wheel))
        click.echo(f"{len(written)} changed" if written else "nothing changed")


def _compare(differing: tuple[str, ...]) -> None:
    for path in differing:
        click.echo(f"would change: {path}", err=True)
    if differing:
        sys.exit(1)
