"""`selinon-cli flows list`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import click

from selinon.cli.flows.deployment import Deployment, of_deployment
from selinon.cli.flows.facts import about, active_text, age_text

_TITLES = ("ID", "FLOW", "VERSION", "STATUS", "AGE", "ACTIVE")


@click.command("list")
@of_deployment
@click.option("--flow-name", metavar="NAME", help="Only runs of this flow.")
@click.option("--json", "as_json", is_flag=True, help="Show a JSON document.")
def command(deployment: Deployment, flow_name: str | None, as_json: bool) -> None:
    """List the runs that have not ended, oldest first."""
    found = [
        about(brief)
        for id in deployment.store.open_runs()
        if (brief := deployment.store.brief(id)) is not None
        and flow_name in (None, brief.header.flow)
    ]
    # A run and its sub-flows may begin within one millisecond.
    found.sort(key=lambda facts: (facts["created"], facts["parent"] is not None))
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    if not found:
        click.echo("no run is open")
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    rows = [
        (
            facts["id"],
            facts["flow"],
            facts["version"],
            facts["status"],
            age_text(facts["age"]),
            active_text(facts),
        )
        for facts in found
    ]
    widths = [max(len(row[place]) for row in (_TITLES, *rows)) for place in range(len(_TITLES))]
    yield _line(_TITLES, widths)
    for row, facts in zip(rows, found, strict=True):
        yield _line(row, widths)
        if facts["parent"]:
            yield f"    in run {facts['parent']} of flow {facts['parent_flow']}"
        if facts["attempt"] > 1:
            yield f"    attempt {facts['attempt']}"
        if facts["parked"]:
            yield f"    parked: {facts['parked']}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()
