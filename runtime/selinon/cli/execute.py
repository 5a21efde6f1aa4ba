"""`selinon-cli execute`."""

from __future__ import annotations

import difflib
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NoReturn

import click

from selinon import registry
from selinon.cli.options import sources
from selinon.cli.progress import progress
from selinon.cli.results import as_json, as_text, shown_counts
from selinon.config import Config
from selinon.engine import Selection, select
from selinon.errors import SelectiveNoPathError, UnknownFlowError
from selinon.local import LocalExecutor, RealClock, VirtualClock
from selinon.local.signals import Interrupted, Signals
from selinon.registry import Deployment


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
@click.option(
    "--processes",
    is_flag=True,
    help="Run tasks in processes of their own, not in threads of this one.",
)
@click.option(
    "--virtual-time",
    is_flag=True,
    help="Do not wait for retries and throttling: what is due next is due at once, and tasks take no time.",
)
@click.option(
    "--selective-task-names",
    metavar="NAME,...",
    help="Run only what leads to these tasks, separated by commas.",
)
@click.option(
    "--selective-follow-subflows",
    is_flag=True,
    help="Look for the selected tasks in sub-flows, too.",
)
@click.option(
    "--selective-run-subsequent",
    is_flag=True,
    help="Also run what depends on the selected tasks.",
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
    processes: bool,
    virtual_time: bool,
    selective_task_names: str | None,
    selective_follow_subflows: bool,
    selective_run_subsequent: bool,
    hide_progressbar: bool,
    form: str,
) -> None:
    """Run a flow in this process, without a broker.

    Exit status: 0 when the flow succeeded, 1 when it failed or could not be started, 2 on wrong usage, 130 when it was
    interrupted, 143 when it was terminated.
    """
    arguments = _arguments(node_args, node_args_file, node_args_json)
    wanted = _wanted(selective_task_names, selective_follow_subflows or selective_run_subsequent)
    _configure(nodes, flows, package, config_py)
    deployment = registry.current()
    _require_flow(deployment, flow_name)
    selection = _selection(
        deployment, flow_name, wanted, selective_follow_subflows, selective_run_subsequent
    )
    executor: LocalExecutor | None = None
    try:
        with (
            Signals() as signals,
            _output_elsewhere() if form == "json" else nullcontext(),
            progress(deployment, hidden=hide_progressbar, verbose=_verbosity(ctx)) as watch,
        ):
            executor = LocalExecutor(
                deployment,
                concurrency=concurrency,
                workers="processes" if processes else "threads",
                clock=VirtualClock() if virtual_time else RealClock(),
                release=signals.released,
                watch=watch,
            )
            result = executor.run(flow_name, arguments, selection)
    except KeyboardInterrupt as interrupt:
        _give_up(interrupt, executor, threads=concurrency > 1 and not processes)
    finally:
        deployment.storages.close()
    click.echo(as_json(result) if form == "json" else as_text(result), nl=False)
    sys.exit(0 if result.state == "succeeded" else 1)


def _verbosity(ctx: click.Context) -> int:
    """Return how often `--verbose` was given to the group."""
    return int((ctx.obj or {}).get("verbose", 0))


def _give_up(
    interrupt: BaseException, executor: LocalExecutor | None, *, threads: bool
) -> NoReturn:
    """End an interrupted command, and say what it did not wait for."""
    signum = interrupt.signum if isinstance(interrupt, Interrupted) else signal.SIGINT
    running = executor.running if executor else Counter[str]()
    text = "terminated" if signum == signal.SIGTERM else "interrupted"
    if running:
        text += f" while running {shown_counts(running)}"
    click.echo(text, err=True)
    status = 128 + signum
    if threads and running:
        # Nothing ends threads: they would hold locks, of streams and of storages, that an ordinary exit needs.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def _require_flow(deployment: Deployment, name: str) -> None:
    try:
        deployment.flow(name)
    except UnknownFlowError as error:
        raise click.UsageError(f"{error}{_alike(name, deployment.package.flow_names)}") from None


def _alike(name: str, known: Iterable[str]) -> str:
    """Return a hint at the known name that is most alike, or nothing."""
    found = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean `{found[0]}`?" if found else ""


def _wanted(names: str | None, more: bool) -> tuple[str, ...]:
    """Return the names of the selected tasks."""
    if names is None:
        if more:
            raise click.UsageError(
                "--selective-follow-subflows and --selective-run-subsequent need --selective-task-names"
            )
        return ()
    wanted = tuple(name.strip() for name in names.split(","))
    if not all(wanted):
        raise click.UsageError("--selective-task-names lacks the name of a task")
    return wanted


def _selection(
    deployment: Deployment, flow: str, wanted: tuple[str, ...], follow: bool, subsequent: bool
) -> Selection | None:
    """Return what of a flow is run; None for all of it."""
    if not wanted:
        return None
    known = {*deployment.package.task_names, *deployment.package.flow_names}
    for name in wanted:
        if name not in known:
            raise SelectiveNoPathError(
                f"there is no task `{name}` to be selected{_alike(name, sorted(known))}"
            )
    return select(flow, deployment.flow, wanted, follow_subflows=follow, run_subsequent=subsequent)


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
