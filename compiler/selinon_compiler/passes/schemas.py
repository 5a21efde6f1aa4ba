"""Find the JSON Schemas of tasks and read them.

    before: output_schema: schemas/load.json
    after:  Schemas({'Load': 'schemas/load.json' as read}), or a diagnostic at the path

A path is looked for from the working directory, then from the directory of the nodes file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from selinon_compiler.diagnostics import Diagnostics, Severity, declare
from selinon_compiler.model import System, Task

MISSING_SCHEMA = declare(
    "SEL810",
    "missing-schema",
    severity=Severity.ERROR,
    since="2.0",
    doc="""The file of an output schema cannot be read.

    The schema becomes a part of the package, so it has to be there when the package is made. It is looked for
    from the working directory, then from the directory of the nodes file.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        output_schema: schemas/nowhere.json  # error: SEL810
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

INVALID_SCHEMA = declare(
    "SEL811",
    "invalid-schema",
    severity=Severity.ERROR,
    since="2.0",
    doc="""An output schema is not a valid JSON Schema.

    Otherwise the first result of the task would be the one to find out.
    """,
)


def read_schemas(system: System, diagnostics: Diagnostics) -> Mapping[str, str]:
    """Return the canonical text of the schema of each task that has one, by the name of the task."""
    directory = os.path.dirname(system.nodes_file.file.path)
    texts: dict[str, str] = {}
    for name, task in sorted(system.tasks.items()):
        if task.decl.output_schema is not None:
            text = _read(task, directory, diagnostics)
            if text is not None:
                texts[name] = text
    return texts


def _read(task: Task, directory: str, diagnostics: Diagnostics) -> str | None:
    path = task.decl.output_schema or ""
    span = task.decl.span_of("output_schema")
    candidates = [path, os.path.join(directory, path)]
    found = next((candidate for candidate in candidates if os.path.isfile(candidate)), None)
    if found is None:
        diagnostics.report(MISSING_SCHEMA, span, f"there is no schema `{path}`")
        return None
    try:
        with open(found, encoding="utf-8-sig") as stream:
            schema = json.load(stream)
    except (OSError, ValueError, RecursionError) as error:
        diagnostics.report(INVALID_SCHEMA, span, f"`{path}` is not JSON: {error}")
        return None
    problem = _problem(schema)
    if problem is not None:
        diagnostics.report(INVALID_SCHEMA, span, f"`{path}` is not a JSON Schema: {problem}")
        return None
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def _problem(schema: object) -> str | None:
    """Return what is wrong with a schema, if anything."""
    import jsonschema
    from jsonschema.validators import validator_for

    if not isinstance(schema, dict | bool):
        return "expected an object or a boolean"
    if isinstance(schema, dict) and not isinstance(schema.get("$schema", ""), str):
        return f"{schema['$schema']!r} is not of type 'string' (at $['$schema'])"
    try:
        if isinstance(schema, dict):
            validator_for(schema, jsonschema.Draft202012Validator).check_schema(schema)
    except jsonschema.SchemaError as error:
        return f"{error.message} (at {error.json_path})"
    except RecursionError:
        return "it is nested too deeply"
    return None
