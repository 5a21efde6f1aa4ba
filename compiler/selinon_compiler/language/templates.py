"""Kinds of text in which `{NAME}` stands for an environment variable."""

from __future__ import annotations

from typing import Any

from selinon.environment import environment_names
from selinon_compiler.frontend.nodes import Node, Scalar
from selinon_compiler.language.codes import INVALID_REFERENCE, INVALID_VALUE
from selinon_compiler.language.kinds import Kind, Reader, wrong


def _read_template(reader: Reader, node: Node) -> Any:
    if type(node) is not Scalar or type(node.value) is not str:
        return wrong(reader, node, "a string")
    if "{" not in node.value and "}" not in node.value:
        return node.value or None
    try:
        environment_names(node.value)
    except ValueError as error:
        return reader.report(
            INVALID_REFERENCE,
            node,
            str(error),
            "write `{NAME}` for an environment variable, `{{` and `}}` for literal braces",
        )
    return node.value


TEMPLATE = Kind(
    title="a string, in which `{NAME}` stands for an environment variable",
    schema={"type": "string", "pattern": r"^([^{}]|\{\{|\}\}|\{[A-Za-z_][A-Za-z0-9_]*\})*$"},
    read=_read_template,
)


def _read_needed_template(reader: Reader, node: Node) -> Any:
    value = _read_template(reader, node)
    if value is None:
        return reader.report(INVALID_VALUE, node, "expected a string, found an empty string")
    return value


NEEDED_TEMPLATE = Kind(
    title="a string that is not empty, in which `{NAME}` stands for an environment variable",
    schema={**TEMPLATE.schema, "minLength": 1},
    read=_read_needed_template,
)
