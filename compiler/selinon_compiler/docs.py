"""Write the pages of `docs/` that come from the code, or check that they are up to date.

usage: python -m selinon_compiler.docs [--check] [--directory docs]
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from selinon_compiler import rules
from selinon_compiler.diagnostics import RULES, Rule
from selinon_compiler.language import FlowFileDecl, NodesFileDecl
from selinon_compiler.language.reference import reference
from selinon_compiler.language.schema import json_schema

HEADER = "<!-- This page comes from the code: change it there, then run `make docs`. -->\n\n"

GROUPS = {
    "0": "Files and YAML",
    "1": "Keys and values",
    "2": "Names",
    "3": "Structure of flows",
    "4": "Conditions",
    "6": "Failures and fallbacks",
    "8": "Storages, caches, tracing, environment",
}


def main() -> None:
    """Run the command line; ends with exit status 1 when a page is not up to date."""
    parser = argparse.ArgumentParser(
        description="Write the pages of docs/ that come from the code."
    )
    parser.add_argument(
        "--check", action="store_true", help="only say which pages are not up to date"
    )
    parser.add_argument("--directory", type=Path, default=Path("docs"))
    options = parser.parse_args()
    if not options.directory.is_dir():
        parser.error(
            f"there is no directory {options.directory}: run this at the root of a checkout"
        )
    stale = [path for path, text in pages().items() if _content(options.directory / path) != text]
    for path in stale:
        if options.check:
            print(f"{options.directory / path} is not up to date: run `make docs`", file=sys.stderr)
        else:
            (options.directory / path).parent.mkdir(exist_ok=True)
            (options.directory / path).write_text(pages()[path], encoding="utf-8")
            print(options.directory / path)
    if options.check and stale:
        sys.exit(1)


def pages() -> dict[str, str]:
    """Return the text of every page by its path below `docs/`."""
    from selinon.trace import event_table

    return {
        "reference.md": HEADER + reference(),
        "rules.md": HEADER + _rules_page(),
        "predicates.md": HEADER + _predicates_page(),
        "trace-events.md": HEADER + "# Trace events\n\n" + event_table().rstrip() + "\n",
        "schemas/nodes.json": json.dumps(json_schema(NodesFileDecl), indent=2) + "\n",
        "schemas/flows.json": json.dumps(json_schema(FlowFileDecl), indent=2) + "\n",
    }


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _rules_page() -> str:
    importlib.import_module("selinon_compiler.driver")  # the passes declare rules of their own
    rules.load()
    codes = sorted(RULES)
    lines = ["# Rules", "", "| code | name | severity | |", "|---|---|---|---|"]
    for code in codes:
        rule = RULES[code]
        title = rule.title.rstrip(".")
        lines.append(
            f"| [{code}](#{code.lower()}) | {rule.name} | {rule.severity.value} | {title} |"
        )
    for group, title in GROUPS.items():
        lines += ["", f"## {title}"]
        for code in codes:
            if code[3] == group:
                lines += ["", *_rule(RULES[code])]
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
        "are passed by the engine, the others are given as `args`. A predicate that raises an error is false.",
        "",
        "| predicate | |",
        "|---|---|",
    ]
    for name in sorted(dir(predicates)):
        found = getattr(predicates, name)
        if not name.startswith("_") and inspect.isfunction(found):
            parameters = ", ".join(inspect.signature(found).parameters)
            meaning = (inspect.getdoc(found) or "").partition("\n")[0].replace("|", "\\|")
            lines.append(f"| `{name}({parameters})` | {meaning} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
