"""Find the JSON Schemas of tasks and read them.

    before: output_schema: schemas/load.json
    after:  Schemas({'Load': 'schemas/load.json' as read}), or a diagnostic at the path

A path is looked for from the working directory, then from the directory of the nodes file. What a schema refers to in
other files is taken into it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from selinon_compiler.diagnostics import Diagnostics, Severity, declare
from selinon_compiler.model import System, Task
from selinon_compiler.passes.plain_schemas import is_plain

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


UNRESOLVED_REFERENCE = declare(
    "SEL812",
    "unresolved-schema-reference",
    severity=Severity.ERROR,
    since="2.0",
    doc="""An output schema refers to something that cannot be taken into the package.

    The package holds each schema together with what it refers to by `$ref` in other files; a relative reference is
    looked for from the file that it stands in. A file that is not there, a place in a file that does not exist, and an
    address on the network are reported: a worker must not have to look for them when it checks a result. Suppose
    `load.json` is

    ```json
    {"type": "object", "properties": {"price": {"$ref": "types.json#/$defs/mony"}}}
    ```

    and the definition in `types.json` is called `money`. Then `output_schema: load.json` is reported. Keep a copy of
    schemas from the network beside your own, and refer to that.
    """,
)


def read_schemas(system: System, diagnostics: Diagnostics) -> Mapping[str, str]:
    """Return the text of the schema of each task that has one, by the name of the task.

    Texts are canonical and self-contained. A file that is wrong is reported once, however many tasks name it.
    """
    directory = os.path.dirname(system.nodes_file.file.path)
    read: dict[str, str | None] = {}
    texts: dict[str, str] = {}
    for name, task in sorted(system.tasks.items()):
        path = task.decl.output_schema
        if path is None:
            continue
        if path not in read:
            read[path] = _read(task, path, directory, diagnostics)
        text = read[path]
        if text is not None:
            texts[name] = text
    return texts


def _read(task: Task, path: str, directory: str, diagnostics: Diagnostics) -> str | None:
    # Most configurations have no schemas, and need not wait for what reads them.
    from selinon_compiler.passes.schema_bundle import InvalidFile, ReferenceProblem, bundled

    span = task.decl.span_of("output_schema")
    candidates = [path, os.path.join(directory, path)]
    found = next((candidate for candidate in candidates if os.path.isfile(candidate)), None)
    if found is None:
        diagnostics.report(
            MISSING_SCHEMA,
            span,
            f"there is no schema `{path}`",
            help="it is looked for in the working directory and beside the nodes file",
        )
        return None
    try:
        with open(found, encoding="utf-8-sig") as stream:
            schema = json.load(stream)
    except (OSError, ValueError, RecursionError) as error:
        diagnostics.report(INVALID_SCHEMA, span, f"`{path}` is not JSON: {error}")
        return None
    try:
        problem = _problem(schema)
        if problem is None:
            whole = bundled(found, path, schema, lambda part: _problem(part, schema))
            return json.dumps(whole, indent=2, sort_keys=True) + "\n"
    except RecursionError:
        problem = "it is nested too deeply"
    except InvalidFile as error:
        diagnostics.report(INVALID_SCHEMA, span, str(error))
        return None
    except ReferenceProblem as error:
        diagnostics.report(UNRESOLVED_REFERENCE, span, str(error))
        return None
    diagnostics.report(INVALID_SCHEMA, span, f"`{path}` is not a JSON Schema: {problem}")
    return None


def _problem(schema: object, whole: object = None) -> str | None:
    """Return what is wrong with a schema, or with a part of a `whole` that tells the version, if anything."""
    if is_plain(schema) and (whole is None or is_plain(whole)):
        return None
    # A tenth of a second, which only schemas that are not plain have to wait for.
    import jsonschema
    from jsonschema.validators import validator_for

    if not isinstance(schema, dict | bool):
        return "expected an object or a boolean"
    if isinstance(schema, dict) and not isinstance(schema.get("$schema", ""), str):
        return f"{schema['$schema']!r} is not of type 'string' (at $['$schema'])"
    default = validator_for(
        whole if isinstance(whole, dict) else {}, jsonschema.Draft202012Validator
    )
    try:
        if isinstance(schema, dict):
            validator_for(schema, default).check_schema(schema)
    except jsonschema.SchemaError as error:
        return f"{error.message} (at {error.json_path})"
    return None
