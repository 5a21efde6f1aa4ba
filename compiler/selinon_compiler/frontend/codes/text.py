"""What keeps a text from being read as one YAML document."""

from __future__ import annotations

from selinon_compiler.diagnostics import Severity, declare

SYNTAX = declare(
    "SEL001",
    "syntax",
    severity=Severity.ERROR,
    since="2.0",
    doc="""The text is not YAML.

    Nothing of a file can be trusted behind the place where its syntax breaks, so nothing else is
    checked in it.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        queue: {REGION}_queue  # error: SEL001
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
        queue: '{REGION}_queue'
    ```
    """,
)

CHARACTER = declare(
    "SEL002",
    "invalid-character",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A character is not allowed in YAML.

    Control characters get into files by accident, mostly by copying from a terminal.
    """,
)

LIMIT = declare(
    "SEL006",
    "limit-exceeded",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A file is nested too deeply, or its aliases multiply beyond bounds.

    A few hundred bytes of aliases can stand for billions of values.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    a: &a [x, x, x, x, x, x, x, x, x, x]
    b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
    c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
    d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
    e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
    f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
    g: [*f, *f]  # error: SEL006
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """,
)

DOCUMENTS = declare(
    "SEL008",
    "several-documents",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A file holds several documents.

    Only one would be read. Split the file, or remove the line `---` between them.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    ---  # error: SEL008
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """,
)
