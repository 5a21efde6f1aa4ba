"""The reference page of the language, from its declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selinon_compiler.language.table import SECTIONS, Key, Section


def reference() -> str:
    """Return the page in Markdown: every section with its keys, in the order of declaration, files first."""
    files = [cls for path, cls in SECTIONS.items() if path.endswith(" file")]
    others = [cls for path, cls in SECTIONS.items() if not path.endswith(" file")]
    parts = [
        "# The language",
        "A configuration consists of a nodes file and of flow files; all sections may also stand in one file that is "
        "given in both roles. Values mean what they mean in YAML 1.1. A key that has a default may also be stated "
        "without a value, unless it says otherwise.",
        *("\n".join(_section(cls)) for cls in [*files, *others]),
        "A condition has either a `name`, or exactly one of `and`, `or` (a list of one or more conditions) and `not` "
        "(one condition). It is evaluated from left to right, and no further than needed.",
    ]
    return "\n\n".join(parts) + "\n"


def _section(cls: type[Section]) -> Iterator[str]:
    yield f"## `{cls.path}`"
    yield ""
    yield " ".join((cls.__doc__ or "").split())
    yield ""
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    for key in cls.keys:
        names = " or ".join(f"`{name}`" for name in (key.name, *key.spellings))
        yield f"| {names} | {_cell(_value(key))} | {_default(key)} | {_cell(_meaning(key))} |"


def _meaning(key: Key) -> str:
    """Return what a key means, and what else is to be known of it."""
    notes = [key.doc]
    if not key.required and not key.nullable:
        notes.append("It needs a value.")
    return " ".join(notes)


def _value(key: Key) -> str:
    """Return what a key takes, with a link to the section that it holds."""
    section, title = key.kind.section, key.kind.title
    if section is None:
        return title
    link = f"see [`{section.path}`](#{_anchor(section.path)})"
    named = f"see `{section.path}`"
    return title.replace(named, link) if named in title else f"{title}, {link}"


def _anchor(path: str) -> str:
    """Return the anchor that Markdown makes of a heading: letters, digits, `_`, `-`, and `-` for a blank."""
    return re.sub(r"[^\w-]", "", path.lower().replace(" ", "-"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(key: Key) -> str:
    if key.required:
        return "required"
    shown = {None: "", (): "none", True: "`true`", False: "`false`"}
    simple = key.default is None or isinstance(key.default, bool | tuple)
    return shown[key.default] if simple else f"`{key.default}`"
