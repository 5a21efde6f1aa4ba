"""Sections that occur in nodes files and in flow files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from selinon_compiler.frontend.nodes import Scalar
from selinon_compiler.language.kinds import AMOUNT, ARGUMENTS, OPTIONS
from selinon_compiler.language.names import LABEL, MODULE
from selinon_compiler.language.table import Section, key, section


@section("cache")
class CacheDecl(Section):
    """A cache: of results when it belongs to a storage or a task, of node states when it belongs to a flow."""

    name: Scalar | None = key(LABEL, default=None, doc="Class of the cache; `LRU` by default.")
    import_: str = key(MODULE, default="selinon.caches", doc="Module of the class.")
    configuration: Mapping[str, Any] | None = key(
        OPTIONS, default=None, doc="Keyword arguments of the class; `max_cache_size: 0` by default."
    )


@section("throttling")
class ThrottlingDecl(Section):
    """The least time between two starts of a task or flow: the sum of what is given."""

    days: float = key(AMOUNT, default=0, doc="Days.")
    seconds: float = key(AMOUNT, default=0, doc="Seconds.")
    microseconds: float = key(AMOUNT, default=0, doc="Microseconds.")
    milliseconds: float = key(AMOUNT, default=0, doc="Milliseconds.")
    minutes: float = key(AMOUNT, default=0, doc="Minutes.")
    hours: float = key(AMOUNT, default=0, doc="Hours.")
    weeks: float = key(AMOUNT, default=0, doc="Weeks.")


@section("sampling")
class SamplingDecl(Section):
    """A strategy: a function that gets the status of a waiting flow and returns the seconds to the next look."""

    name: Scalar = key(LABEL, doc="Name of the function.")
    import_: str = key(MODULE, default="selinon.strategies", doc="Module of the function.")
    args: Mapping[str, Any] | None = key(
        ARGUMENTS, default=None, doc="Arguments of the function, besides the status."
    )
