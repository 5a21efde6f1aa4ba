"""`selinon-compile dump`."""

from __future__ import annotations

import click

from selinon_compiler.cli.options import reporting, sources
from selinon_compiler.cli.report import report
from selinon_compiler.driver import Compilation, compile_files
from selinon_compiler.printing import show

PASSES = {
    "bind": lambda result: result.documents,
    "resolve": lambda result: result.system,
    "lower": lambda result: result.plan,
}


@click.command("dump")
@sources()
@click.option(
    "--after", type=click.Choice(list(PASSES)), required=True, help="The pass whose result to show."
)
@reporting
def command(nodes: str, flows: tuple[str, ...], after: str, form: str, strict: bool) -> None:
    """Show what the compiler sees after a pass."""
    result: Compilation = compile_files(nodes, flows)
    value = PASSES[after](result)
    if value is not None:
        click.echo(show(value))
    report(result.diagnostics, form, strict=strict, err=True)
