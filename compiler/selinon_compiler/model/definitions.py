"""What is known of a name in a user's module, without the module having been run."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cached_property
from typing import TypeAlias

from selinon.record import Record, Remembering


class Kind(Enum):
    """What a module-level name stands for, as far as its text tells."""

    FUNCTION = "a function"
    COROUTINE = "a coroutine function"
    GENERATOR = "a generator function"
    CLASS = "a class"
    VALUE = "a value"
    UNKNOWN = "something that only running the module would tell"


class Parameter(Record):
    """A parameter of a function; `required` when it has no default, `named` when it can only be given by name."""

    name: str
    required: bool
    named: bool = False


PROVIDED = ("message", "node_args")
"""The parameters of a predicate that get their values by themselves: a result, and the arguments of the flow."""


class Signature(Remembering, Record):
    """The parameters of a function; it is `open` when it takes others by name, `variadic` when it does by position."""

    parameters: tuple[Parameter, ...]
    open: bool = False
    variadic: bool = False

    def takes(self, name: str) -> bool:
        """Return whether there is a parameter of this name."""
        return name in self.names

    def accepts(self, count: int) -> bool:
        """Return whether the function can be called with so many arguments by position."""
        if any(parameter.named and parameter.required for parameter in self.parameters):
            return False
        positional = [parameter for parameter in self.parameters if not parameter.named]
        least = sum(parameter.required for parameter in positional)
        return least <= count and (self.variadic or count <= len(positional))

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Return the names of the parameters without a default."""
        return tuple(parameter.name for parameter in self.parameters if parameter.required)

    @cached_property
    def to_state(self) -> frozenset[str]:
        """Return the names of the parameters without a default that do not get their values by themselves."""
        return frozenset(self.required).difference(PROVIDED)

    @cached_property
    def provided(self) -> tuple[str, ...]:
        """Return the names of the parameters that get their values by themselves."""
        return tuple(filter(self.takes, PROVIDED))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of all parameters."""
        return tuple(parameter.name for parameter in self.parameters)


class Definition(Record):
    """A name that a module has.

    The `signature` is None unless it is a function whose definition was found, the `constructor` unless it is a class
    that surely takes what the signature says when it is made.
    """

    kind: Kind
    signature: Signature | None = None
    constructor: Signature | None = None


class Reason(Enum):
    """Why a name was not found."""

    NO_MODULE = "no such module"
    NO_NAME = "no such name"
    BROKEN = "the module has a syntax error"


class Problem(Record):
    """Why a name was not found: `module` is the one at fault, `detail` says more about it."""

    reason: Reason
    module: str
    detail: str = ""
    candidates: tuple[str, ...] = ()


Lookup: TypeAlias = Definition | Problem

Finder: TypeAlias = Callable[[str, str], Lookup]
"""Returns what is known of a name in a module."""
