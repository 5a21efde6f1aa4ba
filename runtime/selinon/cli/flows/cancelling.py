"""`selinon-cli flows cancel`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from selinon.cli.flows.deployment import Deployment, of_deployment
from selinon.store.protocol import Store
from selinon.worker.cancelling import Cancellation


@click.command("cancel")
@of_deployment
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All runs that have not ended.")
@click.option("--flow-name", metavar="NAME", help="With --all: only those of this flow.")
@click.option("--yes", is_flag=True, help="With --all: do not ask.")
def command(
    deployment: Deployment, ids: tuple[str, ...], every: bool, flow_name: str | None, yes: bool
) -> None:
    """Cancel runs, and the runs of their sub-flows: nothing more of them starts, and they end as failed.

    Tasks that run already run to their ends, which change nothing any more. Who waits for a run gets a `FlowError`;
    a flow in which it ran sees it fail.

    Exit status: 0 when all runs are cancelled, 1 when one of those that were named is unknown or has ended, 2 on wrong
    usage.
    """
    if bool(ids) == every:
        raise click.UsageError("give either ids of runs or --all")
    if ids and (flow_name or yes):
        raise click.UsageError("--flow-name and --yes go with --all")
    named = list(dict.fromkeys(ids)) or _asked_for(deployment.store, flow_name, yes)
    canceller = deployment.canceller()
    count, untold, failed = 0, False, False
    for id in named:
        result = canceller.cancel(id)
        count += result.inner + (result.outcome == "cancelled")
        untold |= not result.told
        # That runs end meanwhile, or with the run that they belong to, is no news when all are to go.
        if ids or result.outcome == "cancelled":
            failed |= _tell(result)
    if every:
        click.echo(f"runs that were cancelled, with those of sub-flows: {count}")
    if untold:
        click.echo("the workers tell those who wait for them")
    if failed:
        sys.exit(1)


def _asked_for(store: Store, flow_name: str | None, yes: bool) -> list[str]:
    """Return the open runs, or those of one flow, once it is confirmed that they are to be cancelled."""
    found = list(_open_runs(store, flow_name))
    what = f"open runs of flow {flow_name}" if flow_name else "open runs"
    if found and not yes:
        click.confirm(f"cancel {len(found)} {what}?", abort=True)
    return found


def _open_runs(store: Store, flow_name: str | None) -> Iterable[str]:
    for id in store.open_runs():
        brief = store.brief(id)
        if brief is not None and brief.ended is None and flow_name in (None, brief.header.flow):
            yield id


def _tell(result: Cancellation) -> bool:
    """Say what came of cancelling a run; return whether that is a failure."""
    run = f"run {result.run} of flow {result.flow}"
    match result.outcome:
        case "unknown":
            click.echo(f"error: no run `{result.run}` is on record", err=True)
            return True
        case "ended":
            click.echo(f"error: {run} has ended already", err=True)
            return True
        case "again":
            click.echo(f"{run} was cancelled before{_besides(result)}")
        case "cancelled":
            click.echo(f"{run} is cancelled{_besides(result)}")
    return False


def _besides(result: Cancellation) -> str:
    parts = []
    if result.inner:
        parts.append(f"runs of sub-flows cancelled with it: {result.inner}")
    if result.running:
        parts.append(f"tasks that run to their ends: {result.running}")
    return f"; {'; '.join(parts)}" if parts else ""
