"""`selinon-compile check`."""

from __future__ import annotations

import click

from selinon_compiler.cli.options import reporting, sources
from selinon_compiler.cli.report import report
from selinon_compiler.driver import compile_files


@click.command("check")
@sources()
@reporting
def command(nodes: str, flows: tuple[str, ...], form: str, strict: bool) -> None:
    """Find every mistake in nodes and flow files."""
    result = compile_files(nodes, flows)
    report(result.diagnostics, form, strict=strict)
    if form == "human" and result.plan is not None:
        plan = result.plan
        click.echo(
            f"{len(plan.flows)} flows, {len(plan.tasks)} tasks, {len(plan.storages)} storages: no errors"
        )
