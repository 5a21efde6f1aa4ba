"""What can be wrong with keys and values before any name is looked up (SEL1xx)."""

from __future__ import annotations

from selinon_compiler.diagnostics import Severity, declare

WRONG_TYPE = declare(
    "SEL101",
    "wrong-type",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A value is not of the kind that its key takes.

    A number where a string belongs, or a list where one name belongs, is nearly always a slip of the
    indentation or a forgotten quote.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        max_retry: often  # error: SEL101
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
        max_retry: 3
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """,
)

UNKNOWN_KEY = declare(
    "SEL102",
    "unknown-key",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A mapping has a key that its section does not define.

    A misspelt key would be ignored silently, and its default would hold instead.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        max_retires: 3  # error: SEL102
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
        max_retry: 3
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """,
)

MISSING_KEY = declare(
    "SEL103",
    "missing-key",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A mapping lacks a key that its section requires.

    An edge, for instance, must say `from:` even when it starts the flow; otherwise a forgotten source would
    turn it into a starting edge.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - to: Load  # error: SEL103
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

INVALID_VALUE = declare(
    "SEL104",
    "invalid-value",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A value is of the right kind, but out of range or empty.

    Counts and delays cannot be negative, an edge must lead somewhere, and a condition must say something.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        max_retry: -1  # error: SEL104
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
        max_retry: 1
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """,
)

INVALID_NAME = declare(
    "SEL105",
    "invalid-name",
    severity=Severity.ERROR,
    since="2.0",
    doc="""The name of a task or flow is not an identifier.

    Names consist of ASCII letters, digits and underscores, and do not start with a digit.

    ## Example
    ```yaml
    tasks:
      - name: load-data  # error: SEL105
        import: myapp.tasks
        classname: Load
    flows: []
    flow-definitions: []
    ```

    ## Instead
    ```yaml
    tasks: []
    flows: []
    flow-definitions: []
    ```
    """,
)

TWO_SPELLINGS = declare(
    "SEL106",
    "two-spellings",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A key is stated in both of its spellings.

    A few keys have two spellings that mean the same. Only one of the two values could be read.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage_readonly: true
        storage_read_only: true  # error: SEL106
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
        storage_readonly: true
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """,
)

INVALID_REFERENCE = declare(
    "SEL801",
    "invalid-environment-reference",
    severity=Severity.ERROR,
    since="2.0",
    doc="""A reference to the environment is not of the form `{NAME}`.

    Queue names and a few other values may refer to environment variables. Only `{NAME}` is a reference; a
    literal brace is written twice. Formats, attributes and positions are not understood.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        queue: '{PREFIX.upper}_load'  # error: SEL801
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
        queue: '{PREFIX}_load'
    flows: [daily]
    flow-definitions:
      - name: daily
        edges:
          - from:
            to: Load
    ```
    """,
)
