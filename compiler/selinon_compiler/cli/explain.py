"""`selinon-compile explain`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping

import click

from selinon_compiler.catalogue import all_rules
from selinon_compiler.diagnostics import RETIRED, Rule, did_you_mean

WIDTH = 88
"""Columns of a paragraph; examples are shown as they are."""

_FENCE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)


@click.command("explain")
@click.argument("rules", nargs=-1, metavar="[CODE | NAME]...")
def command(rules: tuple[str, ...]) -> None:
    """Explain what diagnostics mean, by their codes or names; without any, list them all."""
    known = all_rules()
    if not rules:
        click.echo(_listing(known))
        return
    codes = dict.fromkeys(_code(asked, known) for asked in rules)
    click.echo("\n\n".join(_explained(code, known) for code in codes))


def _listing(known: Mapping[str, Rule]) -> str:
    names = max(len(rule.name) for rule in known.values())
    return "\n".join(
        f"{code}  {rule.severity.value:<7}  {rule.name:<{names}}  {rule.title}"
        for code, rule in known.items()
    )


def _code(asked: str, known: Mapping[str, Rule]) -> str:
    """Return the code that was asked for in either way; raises UsageError when there is none."""
    code, name = asked.upper(), asked.lower().replace("_", "-")
    if code in known or code in RETIRED:
        return code
    names = {rule.name: rule.code for rule in known.values()}
    if name in names:
        return names[name]
    near = did_you_mean(code, known) or did_you_mean(name, names)
    similar = f"; a similar one exists: `{near}`" if near else ""
    raise click.UsageError(f"no diagnostic has the code or name `{asked}`{similar}")


def _explained(code: str, known: Mapping[str, Rule]) -> str:
    if code not in known:
        return f"{code}\n\n{RETIRED[code]}"
    rule = known[code]
    heading = f"{code} {rule.name} ({rule.severity.value}, since {rule.since})"
    return "\n\n".join([heading, *_plain(rule.doc)])


def _plain(markdown: str) -> Iterator[str]:
    """Yield the paragraphs of a documentation as they look best in a terminal: filled, examples indented."""
    for index, part in enumerate(_FENCE.split(markdown)):
        if index % 2:
            yield textwrap.indent(part.rstrip(), "    ")
            continue
        for paragraph in filter(None, re.split(r"\n\s*\n", part.strip())):
            if paragraph.startswith("#"):
                yield f"{paragraph.lstrip('# ')}:"
            else:
                yield textwrap.fill(
                    " ".join(paragraph.split()),
                    WIDTH,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
