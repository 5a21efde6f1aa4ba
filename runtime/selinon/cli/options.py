"""Options that several commands share, those of `selinon-compile` included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Paths(click.Option):
    """An option that may be repeated, and takes as many values as follow it, as a shell's `*.yaml` gives them."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Register with the parser, so that values up to the next option are taken."""
        super().add_to_parser(parser, ctx)
        for name in self.opts:
            option = parser._long_opt.get(name) or parser._short_opt.get(name)
            option.process = _greedy(option.process)


def _greedy(process: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def take(value: Any, state: Any) -> None:
        process(value, state)
        while state.rargs and not state.rargs[0].startswith("-"):
            process(state.rargs.pop(0), state)

    return take


class SearchPath(click.Path):
    """Paths that a variable separates as search paths are separated; what is empty between two separators is none."""

    def split_envvar_value(self, rv: str) -> list[str]:
        """Return the paths in the value of a variable."""
        return [path for path in super().split_envvar_value(rv) if path]


def sources(*, required: bool = True) -> Callable[[F], F]:
    """Return a decorator that adds the options which name the nodes file and the flow files."""

    def add(function: F) -> F:
        flows = click.option(
            "-f",
            "--flow-definitions",
            "flows",
            cls=Paths,
            multiple=True,
            required=required,
            metavar="PATH...",
            envvar="SELINON_FLOW_DEFINITIONS",
            type=SearchPath(),
            help="Flow files, or directories of them; may be repeated.",
        )
        nodes = click.option(
            "-n",
            "--nodes-definition",
            "nodes",
            required=required,
            metavar="FILE",
            envvar="SELINON_NODES_DEFINITION",
            help="The nodes file.",
        )
        return nodes(flows(function))

    return add
