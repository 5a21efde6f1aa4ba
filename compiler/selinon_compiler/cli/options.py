"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from selinon.cli.options import sources

__all__ = ["reporting", "sources"]

F = TypeVar("F", bound=Callable[..., Any])


def reporting(function: F) -> F:
    """Add the options that say how diagnostics are shown and what they lead to."""
    form = click.option(
        "--format",
        "form",
        type=click.Choice(["human", "json"]),
        default="human",
        show_default=True,
        help="How to show diagnostics.",
    )
    strict = click.option("--strict", is_flag=True, help="Fail on warnings, too.")
    return form(strict(function))
