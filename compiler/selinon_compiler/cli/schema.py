"""`selinon-compile schema`."""

from __future__ import annotations

import click

from selinon_compiler.language.schema import DOCUMENTS, schema_text


@click.command("schema")
@click.argument("document", type=click.Choice(list(DOCUMENTS)))
def command(document: str) -> None:
    """Print the JSON Schema of nodes files or flow files, for editors and other tools."""
    click.echo(schema_text(document), nl=False)
