"""Write the pages of `docs/` that come from the code, or check that they are up to date.

usage: python -m selinon_compiler.docs [--check] [--directory DIRECTORY]

The directory is `docs/` of the checkout that this module lies in, whatever the working directory is.
"""

from __future__ import annotations

import argparse
import inspect
import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from selinon_compiler.catalogue import all_rules
from selinon_compiler.diagnostics import Rule
from selinon_compiler.language.reference import reference
from selinon_compiler.language.schema import DOCUMENTS, schema_text

HEADER = "<!-- This file comes from the code: change it there, then run `make docs`. -->\n\n"

GROUPS = {
    "0": "Files and YAML",
    "1": "Keys and values",
    "2": "Names",
    "3": "Structure of flows",
    "4": "Conditions",
    "5": "What can run",
    "6": "Failures and fallbacks",
    "8": "Storages, caches, tracing, environment",
}
"""What the first digit of a code stands for; a code with another one needs a title here."""

NOT_EMITTED = (
    "DISPATCHER_FAILURE",
    "DISPATCHER_RETRY",
    "STORAGE_DISCONNECT",
    "STORAGE_RETRIEVED",
    "STORAGE_STORED",
    "NODE_STATE_CACHE_GET",
    "NODE_STATE_CACHE_ADD",
    "NODE_STATE_CACHE_MISS",
    "NODE_STATE_CACHE_HIT",
    "NODE_STATE_CACHE_ISSUE",
    "RESULT_BACKEND_ISSUE",
    "MIGRATION",
    "MIGRATION_SKEW",
    "MIGRATION_TAINTED_FLOW",
    "MIGRATION_ERROR",
)
"""Events that nothing in the runtime makes."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends with exit status 1 when a page is not up to date, 2 when there is no place for it."""
    parser = argparse.ArgumentParser(
        prog="python -m selinon_compiler.docs",
        description="Write the pages of docs/ that come from the code.",
    )
    parser.add_argument(
        "--check", action="store_true", help="only say which pages are not up to date"
    )
    parser.add_argument("--directory", type=Path, help="where the pages are, instead of docs/")
    options = parser.parse_args(arguments)
    directory: Path | None = options.directory or _checkout_docs()
    if directory is None or not directory.is_dir():
        missing = directory or "docs/, as this is no checkout"
        parser.error(f"there is no directory {missing}; name one with --directory")
    stale = {path: text for path, text in pages().items() if _content(directory / path) != text}
    for path, text in stale.items():
        if options.check:
            print(f"{directory / path} is not up to date: run `make docs`", file=sys.stderr)
        else:
            (directory / path).parent.mkdir(exist_ok=True)
            (directory / path).write_text(text, encoding="utf-8", newline="\n")
            print(directory / path)
    if options.check and stale:
        sys.exit(1)


def _checkout_docs() -> Path | None:
    """Return the directory of the pages in the checkout that this module lies in; None when it lies in none."""
    root = Path(__file__).resolve().parents[2]
    return root / "docs" if (root / "pyproject.toml").is_file() else None


def pages() -> dict[str, str]:
    """Return the text of every page by its path below `docs/`."""
    return {
        "reference.md": HEADER + reference(),
        "rules.md": HEADER + _rules_page(),
        "predicates.md": HEADER + _predicates_page(),
        "trace-events.md": HEADER + _events_page(),
        **{f"schemas/{name}.json": schema_text(name) for name in DOCUMENTS},
    }


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _rules_page() -> str:
    known = all_rules()
    lines = ["# Rules", "", "| code | name | severity | meaning |", "|---|---|---|---|"]
    for code, rule in known.items():
        title = rule.title.rstrip(".")
        lines.append(
            f"| [{code}](#{code.lower()}) | {rule.name} | {rule.severity.value} | {title} |"
        )
    for group, members in itertools.groupby(known, key=lambda code: code[3]):
        lines += ["", f"## {GROUPS[group]}"]
        for code in members:
            lines += ["", *_rule(known[code])]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> Iterator[str]:
    yield f'### <a id="{rule.code.lower()}"></a>{rule.code} {rule.name}'
    yield ""
    yield f"{rule.title} *{rule.severity.value.capitalize()}, since {rule.since}.*"
    if rule.explanation:
        yield ""
        yield rule.explanation.replace("\n## ", "\n#### ")


def _predicates_page() -> str:
    from selinon import predicates

    lines = [
        "# Predicates",
        "",
        "`message` is the result of the task that the condition looks at, `node_args` are the flow's arguments; both "
        "are passed when the condition is evaluated, the others are given as `args`. `key` is one step into a value "
        "(the key of a mapping, or a position in a list or text), or a list of such steps. These predicates never "
        "raise: what cannot be evaluated does not hold.",
        "",
        "| predicate | meaning |",
        "|---|---|",
    ]
    for name in sorted(predicates.__all__):
        found = getattr(predicates, name)
        parameters = ", ".join(inspect.signature(found).parameters)
        meaning = (inspect.getdoc(found) or "").partition("\n")[0].replace("|", "\\|")
        lines.append(f"| `{name}({parameters})` | {meaning} |")
    return "\n".join(lines) + "\n"


def _events_page() -> str:
    from selinon.trace import event_table

    lines = [
        "# Trace events",
        "",
        "`global.trace` in the nodes file says where events go. Numbers are never given to another event. This "
        f"version does not emit {', '.join(f'`{name}`' for name in NOT_EMITTED)}.",
        "",
        event_table().rstrip(),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
