"""What can be wrong with the parts of a YAML document, whatever they are for."""

from __future__ import annotations

from selinon_compiler.diagnostics import Severity, declare

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
        propagate_parent: yes  # warning: SEL007
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
        propagate_parent: true
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
