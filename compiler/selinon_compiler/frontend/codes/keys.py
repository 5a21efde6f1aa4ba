"""What can be wrong with the keys of a mapping, whatever they are for."""

from __future__ import annotations

from selinon_compiler.diagnostics import Severity, declare

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
