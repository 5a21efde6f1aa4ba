"""What keeps a file from being read."""

from __future__ import annotations

from selinon_compiler.diagnostics import Severity, declare

UNREADABLE = declare(
    "SEL020",
    "unreadable-file",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A file cannot be read.

    It does not exist, is not a regular file, is not accessible, or is too large.
    """,
)

ENCODING = declare(
    "SEL021",
    "invalid-encoding",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A file is not UTF-8.

    Save it as UTF-8; other encodings cannot be told apart safely.
    """,
)

NO_FILES = declare(
    "SEL022",
    "no-flow-files",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A directory holds no flow files.

    Flow files end in `.yaml` or `.yml`; hidden files are skipped.
    """,
)

EMPTY_FILE = declare(
    "SEL023",
    "empty-file",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A file holds no YAML document.

    A nodes file needs at least `tasks` and `flows`, a flow file `flow-definitions`.
    """,
)
