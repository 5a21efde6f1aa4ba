"""Mappings written as YAML: what is read is what was given."""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from selinon_compiler.diagnostics import Diagnostics
from selinon_compiler.frontend.nodes import Mapping, Node, Sequence
from selinon_compiler.frontend.yaml_reader import compose
from selinon_compiler.mappings import source_of

ZONES = st.none() | st.integers(-12, 12).map(
    lambda hours: datetime.timezone(datetime.timedelta(hours=hours))
)
MOMENTS = st.datetimes(timezones=ZONES).map(lambda moment: moment.replace(fold=0))
LOOK_ALIKES = st.from_regex(r"[-+.:0-9_eExXoO~<=*&!#%@`'\"{}\[\], ynofNY\n]{0,8}", fullmatch=True)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | LOOK_ALIKES
    | st.dates()
    | MOMENTS
    | st.binary()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(SCALARS, inner), max_leaves=15
)


def values(node: Node) -> Any:
    """Return a tree without its places."""
    if isinstance(node, Mapping):
        return {key: values(child) for key, child in node.value.items()}
    return [values(child) for child in node.value] if isinstance(node, Sequence) else node.value


@given(st.dictionaries(SCALARS, VALUES))
def test_what_is_read_is_what_was_given(value: dict[Any, Any]) -> None:
    """The reader finds every value again, of the same type, and has nothing to report."""
    diagnostics = Diagnostics()
    root = compose(source_of(value, "nodes"), diagnostics)
    assert [found.message for found in diagnostics] == []
    assert root is not None
    assert repr(values(root)) == repr(value)
