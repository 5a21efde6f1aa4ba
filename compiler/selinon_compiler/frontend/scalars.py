"""What plain scalars mean in YAML 1.1, as PyYAML's safe loader has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import yaml
from yaml.constructor import SafeConstructor

TAG: Final = "tag:yaml.org,2002:"
LONGEST_NUMBER: Final = 4000
"""Python refuses to print integers of more than 4,300 digits; nothing honest comes near."""


class _Merge:
    """The value of a plain `<<` in the place of a key."""


MERGE: Final = _Merge()
_SAFE: Final = SafeConstructor()
_RESOLVERS: Final[dict[str, list[tuple[str, re.Pattern[str]]]]] = (
    yaml.SafeLoader.yaml_implicit_resolvers
)
_MAKERS: Final[dict[str, Callable[..., Any]]] = {
    "int": SafeConstructor.construct_yaml_int,
    "float": SafeConstructor.construct_yaml_float,
    "bool": SafeConstructor.construct_yaml_bool,
    "timestamp": SafeConstructor.construct_yaml_timestamp,
    "null": SafeConstructor.construct_yaml_null,
    "binary": SafeConstructor.construct_yaml_binary,
}
_OBVIOUS: Final = re.compile(
    r"~|null|Null|NULL||true|True|TRUE|false|False|FALSE|[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+"
    r"|[-+]?[0-9]+\.[0-9]*([eE][-+][0-9]+)?|\.[0-9]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(([Tt]|[ \t]+)[0-9:.]+[ \t]*(Z|[-+][0-9:]+)?)?"
)


def tagged(tag: str, text: str) -> Any:
    """Return the value of a scalar with a tag of YAML's own; raises ValueError when the text does not fit it.

    Raises:
        KeyError: the tag is not one for scalars.
    """
    make = _MAKERS[tag]
    if len(text) > LONGEST_NUMBER and tag in ("int", "float"):
        raise ValueError(f"a number of {len(text)} characters is too long")
    try:
        return make(_SAFE, yaml.ScalarNode(TAG + tag, text))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    except (KeyError, AttributeError, IndexError, OverflowError) as error:
        raise ValueError(f"`{text[:40]}` is not a value of !!{tag}") from error


def plain(text: str) -> Any:
    """Return what an unquoted scalar means; raises ValueError for `0o8x`, `2020-13-45` and the like."""
    for name, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            tag = name[len(TAG) :]
            if tag == "merge":
                return MERGE
            return text if tag == "value" else tagged(tag, text)
    return text


def surprising(text: str, value: Any) -> bool:
    """Return whether an unquoted scalar means something that few people expect: `yes`, `010`, `1:30`, `1_000`."""
    return not isinstance(value, str) and not _OBVIOUS.fullmatch(text)


Meanings: TypeAlias = dict[str, Any]
"""What plain scalars mean that were met already, so that each spelling is resolved, and kept in memory, once."""
