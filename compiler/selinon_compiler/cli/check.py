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
        counts = [("flow", plan.flows), ("task", plan.tasks), ("storage", plan.storages)]
        click.echo(
            f"no errors in {', '.join(_counted(len(found), what) for what, found in counts)}"
        )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
