"""`selinon-compile check`."""

from __future__ import annotations

import click

from selinon_compiler.cli.options import reporting, sources
from selinon_compiler.cli.report import report
from selinon_compiler.driver import Compilation, compile_files


@click.command("check")
@sources()
@reporting
def command(nodes: str, flows: tuple[str, ...], form: str, strict: bool) -> Compilation:
    """Find every mistake in nodes and flow files."""
    result = compile_files(nodes, flows)
    report(result.diagnostics, form, strict=strict)
    if form == "human" and result.system is not None:
        found = result.system
        counts = [("flow", found.flows), ("task", found.tasks), ("storage", found.storages)]
        click.echo(
            f"no errors in {', '.join(_counted(len(things), what) for what, things in counts)}"
        )
    return result


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
