"""`selinon-cli flows show`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from selinon.cli.flows.deployment import Deployment, of_deployment
from selinon.cli.flows.facts import about_all, age_text
from selinon.cli.results import shown_counts
from selinon.errors import RequestError


@click.command("show")
@of_deployment
@click.argument("id")
@click.option("-v", "--verbose", is_flag=True, help="Show also the ids of what finished.")
@click.option("--json", "as_json", is_flag=True, help="Show a JSON document, with all ids.")
@click.pass_context
def command(
    ctx: click.Context, deployment: Deployment, id: str, verbose: bool, as_json: bool
) -> None:
    """Show all that is on record about a run."""
    view = deployment.store.view(id)
    if view is None:
        raise RequestError(f"no run `{id}` is on record")
    facts = about_all(deployment.store, view)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for line in _lines(facts, verbose or bool((ctx.obj or {}).get("verbose"))):
        click.echo(line)


def _lines(facts: dict[str, Any], verbose: bool) -> Iterator[str]:
    yield f"run {facts['id']} of flow {facts['flow']}"
    yield f"  version: {facts['version']} of {facts['package']}"
    yield f"  began: {facts['created']}, {age_text(facts['age'])} ago"
    if facts["parent"]:
        yield f"  in: run {facts['parent']} of flow {facts['parent_flow']}"
    yield f"  status: {facts['status']}, attempt {facts['attempt']}"
    if facts["parked"]:
        yield f"  parked: {facts['parked']}"
    if facts["waiting"]:
        yield f"  ended, and not processed yet: {facts['waiting']}"
    yield from _live(facts["live"])
    finished = facts["finished"]
    counts = Counter({name: len(ids) for name, ids in finished.items()})
    yield f"  finished: {shown_counts(counts) or 'nothing'}"
    if verbose:
        yield from (f"    {name}: {id}" for name, ids in finished.items() for id in ids)
    if facts["ended"] and facts["ended"]["reason"]:
        yield from _failure(facts["ended"])


def _live(nodes: list[dict[str, Any]]) -> Iterator[str]:
    yield f"  live: {'' if nodes else 'nothing'}".rstrip()
    for node in nodes:
        about = [_state(node)]
        if node["attempt"] > 1:
            about.append(f"attempt {node['attempt']}")
        if node["nowait"]:
            about.append("nobody waits for it")
        if not node["current"]:
            about.append("of an earlier attempt of the run")
        yield f"    {node['name']}: {node['id']}, {', '.join(about)}"


def _state(node: dict[str, Any]) -> str:
    if node["kind"] == "flow":
        return f"sub-flow, {node['state']}"
    if node["state"] != "claimed":
        return str(node["state"])
    gone = "" if node["alive"] else ", which may be gone"
    return f"claimed by {node['process']}{gone}"


def _failure(ended: dict[str, Any]) -> Iterator[str]:
    yield f"  reason: {ended['reason']}"
    for name, ids in ended["failed"].items():
        for id in ids:
            yield f"    {name}: {id}, {ended['reasons'].get(id, 'for an unknown reason')}"
