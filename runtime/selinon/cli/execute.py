"""`selinon-cli execute`."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import click

from selinon import registry
from selinon.cli.options import sources
from selinon.cli.progress import progress
from selinon.config import Config
from selinon.errors import UnknownFlowError
from selinon.local import LocalExecutor, RunResult

LONGEST = 200
"""A result is cut to about this many characters when it is shown to people."""


@click.command("execute")
@sources(required=False)
@click.option(
    "--package", help="Run a flow of this compiled package, instead of one from YAML files."
)
@click.option("--flow-name", required=True, help="Name of the flow to run.")
@click.option("-a", "--node-args", help="Arguments of the flow.")
@click.option(
    "--node-args-file", type=click.Path(), help="A file that holds the arguments of the flow."
)
@click.option("-j", "--node-args-json", is_flag=True, help="The arguments are JSON.")
@click.option(
    "-c",
    "--concurrency",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many tasks run at the same time.",
)
@click.option(
    "-s",
    "--sleep-time",
    type=click.FloatRange(min=0),
    default=0.5,
    help="Accepted for old scripts: waiting takes as long as it needs.",
    hidden=True,
)
@click.option(
    "--config-py",
    metavar="FILE",
    help="Also write the compiled configuration to one Python file, for Config.set_config_py.",
)
@click.option(
    "--keep-config-py",
    is_flag=True,
    help="Accepted for old scripts: a file that --config-py names is kept in any case.",
    hidden=True,
)
@click.option("--hide-progressbar", is_flag=True, help="Do not show progress.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["human", "json"]),
    default="human",
    show_default=True,
    help="How to show the result.",
)
@click.pass_context
def command(
    ctx: click.Context,
    nodes: str | None,
    flows: tuple[str, ...],
    package: str | None,
    flow_name: str,
    node_args: str | None,
    node_args_file: str | None,
    node_args_json: bool,
    concurrency: int,
    sleep_time: float,
    config_py: str | None,
    keep_config_py: bool,
    hide_progressbar: bool,
    form: str,
) -> None:
    """Run a flow in this process, without a broker.

    Exit status: 0 when the flow succeeded, 1 when it failed or could not be started, 2 on wrong usage.
    """
    arguments = _arguments(node_args, node_args_file, node_args_json)
    _configure(nodes, flows, package, config_py)
    deployment = registry.current()
    verbose = bool((ctx.obj or {}).get("verbose"))
    try:
        with (
            _output_elsewhere() if form == "json" else nullcontext(),
            progress(deployment, hidden=hide_progressbar, verbose=verbose),
        ):
            result = LocalExecutor(deployment, concurrency=concurrency).run(flow_name, arguments)
    except UnknownFlowError as error:
        raise click.UsageError(str(error)) from None
    finally:
        deployment.storages.close()
    click.echo(_as_json(result) if form == "json" else _as_text(result), nl=False)
    sys.exit(0 if result.state == "succeeded" else 1)


def _configure(
    nodes: str | None, flows: tuple[str, ...], package: str | None, config_py: str | None
) -> None:
    if package is not None:
        if nodes or flows:
            raise click.UsageError("give either --package or YAML files")
        if config_py is not None:
            raise click.UsageError("--config-py goes with YAML files, not with --package")
        Config.set_config_package(package)
        return
    if not nodes or not flows:
        raise click.UsageError("give --package, or both --nodes-definition and --flow-definitions")
    Config.set_config_yaml(nodes, flows, config_py)


def _arguments(text: str | None, path: str | None, is_json: bool) -> Any:
    if text is not None and path is not None:
        raise click.UsageError("give either --node-args or --node-args-file")
    if path is not None:
        try:
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"cannot read {path}: {error}") from None
    if text is None or not is_json:
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"the arguments are not JSON: {error}") from None


@contextmanager
def _output_elsewhere() -> Iterator[None]:
    """Lead what tasks, and processes that they start, write to standard output to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _as_json(result: RunResult) -> str:
    value = {
        "id": result.id,
        "flow": result.flow,
        "state": result.state,
        **result.nodes,
        "reason": result.reason,
        "reasons": dict(result.reasons),
        "results": [
            {"task": task, "id": id, "result": _encodable(value)}
            for task, id, value in result.results
        ],
    }
    return json.dumps(value, indent=2, default=_shown) + "\n"


def _encodable(value: Any) -> Any:
    """Return a value that can be written as JSON, or else the text that shows it."""
    try:
        json.dumps(value, default=_shown, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return _shown(value)
    return value


def _shown(value: Any) -> str:
    """Return a value in Python's notation; not every value of a user has one."""
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__} without a representation: {type(error).__name__}>"


def _as_text(result: RunResult) -> str:
    lines = [
        f"{task}: {_cut(_shown(value))}" for task, _, value in result.results if value is not None
    ]
    for name, ids in result.nodes["failed_nodes"].items():
        lines += [
            f"{name} failed: {_cut(result.reasons.get(id, 'for an unknown reason'))}" for id in ids
        ]
    if result.reason:
        lines.append(f"the flow failed: {result.reason}")
    finished = Counter({name: len(ids) for name, ids in result.nodes["finished_nodes"].items()})
    counts = ", ".join(
        f"{name} ({count})" if count > 1 else name for name, count in finished.items()
    )
    lines.append(f"flow {result.flow} {result.state}; finished: {counts or 'nothing'}")
    return "\n".join(lines) + "\n"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
