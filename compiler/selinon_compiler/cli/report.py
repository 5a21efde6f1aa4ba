"""Showing diagnostics and deciding what they lead to."""

from __future__ import annotations

import sys

import click

from selinon_compiler.diagnostics import Diagnostics, render_human


def report(diagnostics: Diagnostics, form: str, *, strict: bool, err: bool = False) -> None:
    """Show diagnostics, and end with exit status 1 on errors, with `strict` on warnings, too.

    For people they go to standard error, with `form` "json" to standard output, or also to standard error when
    `err` is set.
    """
    if form == "json":
        from selinon_compiler.diagnostics.machine import render_json

        click.echo(render_json(diagnostics), err=err)
    elif len(diagnostics):
        click.echo(render_human(diagnostics, color=_is_terminal()), err=True, nl=False)
    if diagnostics.errors or (strict and len(diagnostics)):
        sys.exit(1)


def _is_terminal() -> bool:
    """Return whether people read standard error at a terminal; it is None when the process was started without."""
    return sys.stderr is not None and sys.stderr.isatty()
