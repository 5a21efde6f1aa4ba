"""What can be wrong with files and with YAML itself (SEL0xx)."""

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

ALIAS = declare(
    "SEL003",
    "invalid-alias",
    severity=Severity.ERROR,
    since="2.0",
    doc="""An alias refers to no anchor, or to what it is part of.

    Anchors hold within one file, below the place where they are defined.

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
            to: *load  # error: SEL003
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

TAG = declare(
    "SEL004",
    "unsupported-tag",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A value has a tag that is not supported.

    Tags can ask for objects of any kind. Configuration is plain data: only the tags of YAML's own
    types are read.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: !!python/name:os.system x  # error: SEL004
    flows: [daily]
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

VALUE = declare(
    "SEL005",
    "invalid-scalar",
    severity=Severity.ERROR,
    since="2.0",
    doc="""An unquoted value looks like a number or date, but is none.

    YAML takes `2020-13-45` for a date, and there is no such day.

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
        failures:
          - nodes: Load
            fallback: true
            condition:
              name: argsFieldEqual
              args:
                key: day
                value: 2020-13-45  # error: SEL005
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

LOOK_ALIKE = declare(
    "SEL007",
    "look-alike",
    severity=Severity.WARNING,
    since="2.0",
    doc="""An unquoted value is not the text it looks like.

    YAML 1.1 reads `yes` and `on` as booleans, `010` as 8 and `1:30` as 90.

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
        node_args_from_first: yes  # warning: SEL007
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
        node_args_from_first: true
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

KEY = declare(
    "SEL009",
    "invalid-key",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A key is a list or a mapping.

    All keys of the language are plain words.

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
        ? [a, b]  # error: SEL009
        : c
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

REPEATED_KEY = declare(
    "SEL010",
    "repeated-key",
    severity=Severity.WARNING,
    since="2.0",
    doc="""A key is stated twice with the same value.

    Only one of the two is read. Remove one, before they drift apart.

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
        max_retry: 1
        max_retry: 1  # warning: SEL010
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
        max_retry: 1
    ```
    """,
)

CONTRADICTING_KEY = declare(
    "SEL011",
    "contradicting-key",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A key is stated twice with different values.

    Only the last one would be read, and the other one is what somebody meant.

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
        max_retry: 1
        max_retry: 2  # error: SEL011
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
        max_retry: 2
    ```
    """,
)

MERGED = declare(
    "SEL012",
    "invalid-merge",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A merge key (`<<`) names something that is not a mapping.

    Only the entries of a mapping, or of a list of mappings, can be merged into another one.

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
        <<: daily  # error: SEL012
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
