"""`selinon-cli inspect`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import click

from selinon.abi import environment_names, expand
from selinon.cli.options import sources
from selinon.errors import ConfigurationError


@click.command("inspect")
@sources()
@click.option(
    "--list-task-queues", is_flag=True, help="Show the queue of every task, as `name:queue`."
)
@click.option(
    "--list-dispatcher-queues", is_flag=True, help="Show the queue of every flow, as `name:queue`."
)
@click.option(
    "-d",
    "--dump",
    type=click.Path(),
    metavar="FILE",
    help="Write the compiled configuration to one Python file, for Config.set_config_py; `-` is standard output.",
)
@click.option(
    "--no-check",
    is_flag=True,
    help="Do not look for mistakes beyond those that make files unreadable.",
)
def command(
    nodes: str,
    flows: tuple[str, ...],
    list_task_queues: bool,
    list_dispatcher_queues: bool,
    dump: str | None,
    no_check: bool,
) -> None:
    """Check a configuration, and show what is asked for."""
    from selinon_compiler.in_memory import inspect_files

    found = inspect_files(nodes, flows, check=not no_check)
    click.echo(found.report, err=True, nl=False)
    if found.plan is None:
        sys.exit(1)
    settings = found.plan.settings
    queues: list[tuple[str, str]] = []
    if list_task_queues:
        queues += [
            (task.name, task.queue or settings.default_task_queue) for task in found.plan.tasks
        ]
    if list_dispatcher_queues:
        queues += [
            (flow.name, flow.queue or settings.default_dispatcher_queue)
            for flow in found.plan.flows
        ]
    _require_environment(queues)
    for name, queue in queues:
        click.echo(f"{name}:{expand(queue, os.environ)}")
    if dump is not None:
        _dump(dump, found.files, (nodes, *flows))
    if not (list_task_queues or list_dispatcher_queues or dump):
        click.echo("the configuration is fine")


def _dump(path: str, files: Mapping[str, bytes], sources: tuple[str, ...]) -> None:
    from selinon import single_file

    if path == "-":
        click.echo(single_file.as_one_text(files), nl=False)
    else:
        single_file.save(path, files, sources)


def _require_environment(queues: list[tuple[str, str]]) -> None:
    names = {name for _, queue in queues for name in environment_names(queue)}
    missing = sorted(name for name in names if name not in os.environ)
    if missing:
        raise ConfigurationError(f"environment variables are not set: {', '.join(missing)}")
