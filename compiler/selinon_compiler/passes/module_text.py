"""What the text of a module defines, as far as it can be told without running it.

    before                                 after
    from .base import *                    Contents(names={'check': Imported('own.rules', 'check'),
    from .rules import check                               'Load': Definition(CLASS)},
    class Load: ...                                 stars=['own.base'], …)

A name that is bound in one of several ways, such as in both branches of an `if`, is known only as far as they agree.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from selinon.record import Record
from selinon_compiler.model import Definition, Kind, Parameter, Signature

OPAQUE = Definition(Kind.UNKNOWN)

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_BLOCKS = ("body", "orelse", "handlers", "cases", "finalbody")
"""Where the statements of a module that are nested in another one stand."""
_DYNAMIC = re.compile(
    r"\b(?:globals|locals|vars)\s*\(\s*\)|\b(?:exec|setattr|__import__)\s*\(|\bsys\s*\.\s*modules\b|\b__dict__\b"
)
"""What a module needs to define names that its text does not show."""
_GLOBAL = re.compile(r"^\s+global\s", re.MULTILINE)


class Imported(Record):
    """A name that another module provides: `name` of `module`, or the module itself."""

    module: str
    name: str | None


Binding: TypeAlias = Definition | Imported


class Contents:
    """What a module's text defines.

    `stars` are modules all of whose public names it takes over; names in `covered` may get another meaning by them.
    `exported` holds what `__all__` lists, None when there is no such list or it is not known. A `dynamic` module may
    define names that its text does not show.
    """

    def __init__(self, *, dynamic: bool) -> None:
        self.names: dict[str, Binding] = {}
        self.stars: list[str] = []
        self.covered: set[str] = set()
        self.exported: frozenset[str] | None = None
        self.lists_exports = False
        self.dynamic = dynamic


def scan(text: str, package: str) -> Contents:
    """Return what the text of a module in a package defines.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: the text is no module.
    """
    tree = ast.parse(text)
    found = Contents(dynamic=_DYNAMIC.search(text) is not None)
    for statement, certain in _statements(tree.body):
        for name, binding in _bindings(statement, found, package):
            _bind(found, name, binding, certain)
    if _GLOBAL.search(text):
        for node in ast.walk(tree):
            for name in node.names if isinstance(node, ast.Global) else ():
                _bind(found, name, OPAQUE, certain=False)
    found.dynamic |= "__getattr__" in found.names
    return found


def _bind(found: Contents, name: str, binding: Binding, certain: bool) -> None:
    """Note what a name stands for; what it stood for before counts as well unless this surely comes later."""
    known = None if certain else found.names.get(name)
    found.names[name] = binding if known in (None, binding) else _common(known, binding)
    if certain:
        found.covered.discard(name)


def _common(one: Binding | None, other: Binding) -> Definition:
    kinds = {binding.kind for binding in (one, other) if isinstance(binding, Definition)}
    alike = isinstance(one, Definition) and isinstance(other, Definition) and len(kinds) == 1
    return Definition(kinds.pop()) if alike else OPAQUE


def _statements(body: Iterable[ast.stmt]) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the statements of a module, those in its branches included, and whether each is surely run.

    A chain of `elif` is nested as deeply as it is long, so this does not recurse.
    """
    pending: list[tuple[ast.AST, bool]] = [(node, True) for node in body]
    pending.reverse()
    while pending:
        node, certain = pending.pop()
        if isinstance(node, ast.stmt):
            yield node, certain
        if not isinstance(node, _SCOPES):
            inner = [part for name in _BLOCKS for part in getattr(node, name, ())]
            pending.extend((part, False) for part in reversed(inner))


def _bindings(statement: ast.stmt, found: Contents, package: str) -> Iterator[tuple[str, Binding]]:
    """Yield the names that a statement binds, except those bound in statements nested in it."""
    match statement:
        case ast.ImportFrom(module=module, names=aliases, level=level):
            origin = _absolute(module or "", level, package)
            for alias in aliases:
                if alias.name == "*":
                    found.stars.append(origin)
                    found.covered.update(found.names)
                else:
                    yield alias.asname or alias.name, Imported(origin, alias.name)
        case ast.Import(names=aliases):
            for alias in aliases:
                yield alias.asname or alias.name.partition(".")[0], Imported(alias.name, None)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name, _function(statement)
        case ast.ClassDef(name=name):
            yield name, _class(statement)
        case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
            _export(found, value)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                for name in _targets(target):
                    yield (
                        name,
                        _value(value, found) if isinstance(target, ast.Name) else _part(value),
                    )
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            yield name, _value(value, found)
        case ast.AnnAssign():
            pass
        case ast.AugAssign(target=ast.Name(id="__all__")):
            found.lists_exports, found.exported = True, None
        case ast.Delete(targets=targets):
            for target in targets:
                for name in _targets(target):
                    yield name, OPAQUE
        case _:
            for name in _bound(statement):
                yield name, OPAQUE


def _export(found: Contents, value: ast.expr) -> None:
    try:
        names = ast.literal_eval(value)
    except (ValueError, TypeError):
        names = None
    first = not found.lists_exports
    found.lists_exports = True
    listed = first and isinstance(names, list | tuple)
    found.exported = frozenset(map(str, names or ())) if listed else None


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds by other means: `for`, `with`, `:=`, a pattern."""
    pending: list[ast.AST] = [statement]
    while pending:
        match pending.pop():
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Lambda():
                pass
            case node:
                if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
                    yield node.name
                parts = ast.iter_child_nodes(node)
                pending.extend(part for part in parts if not isinstance(part, ast.stmt))


def _absolute(module: str, level: int, package: str) -> str:
    if level == 0:
        return module
    base = package.split(".")
    base = base[: len(base) - level + 1]
    return ".".join([*base, *([module] if module else [])])


def _targets(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


def _value(value: ast.expr, found: Contents) -> Binding:
    match value:
        case ast.Name(id=name):
            return found.names.get(name, OPAQUE) if name not in found.covered else OPAQUE
        case ast.Lambda(args=arguments):
            return Definition(Kind.FUNCTION, _signature(arguments))
        case _:
            return _part(value)


def _part(value: ast.expr) -> Definition:
    constant = isinstance(
        value, ast.Constant | ast.List | ast.Dict | ast.Set | ast.Tuple | ast.JoinedStr
    )
    return Definition(Kind.VALUE) if constant else OPAQUE


def _function(statement: ast.FunctionDef | ast.AsyncFunctionDef) -> Definition:
    if statement.decorator_list:
        return Definition(Kind.FUNCTION)
    kind = Kind.FUNCTION
    if isinstance(statement, ast.AsyncFunctionDef):
        kind = Kind.COROUTINE
    elif _yields(statement):
        kind = Kind.GENERATOR
    return Definition(kind, _signature(statement.args))


def _class(statement: ast.ClassDef) -> Definition:
    if statement.decorator_list:
        return OPAQUE
    functions = [part for part in statement.body if isinstance(part, ast.FunctionDef)]
    made_by = [one for one in functions if one.name in ("__init__", "__new__")]
    if len(made_by) != 1 or made_by[0].name != "__init__" or made_by[0].decorator_list:
        return Definition(Kind.CLASS)
    if statement.keywords or any(one.name == "__init_subclass__" for one in functions):
        return Definition(Kind.CLASS)
    taken = _signature(made_by[0].args)
    constructor = Signature(taken.parameters[1:], taken.open, taken.variadic)
    return Definition(Kind.CLASS, constructor=constructor)


def _yields(function: ast.FunctionDef) -> bool:
    """Return whether a function is a generator: it yields something itself."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, _SCOPES):
            pending.extend(ast.iter_child_nodes(node))
    return False


def _signature(arguments: ast.arguments) -> Signature:
    positional = arguments.posonlyargs + arguments.args
    required = len(positional) - len(arguments.defaults)
    parameters = [
        Parameter(argument.arg, index < required) for index, argument in enumerate(positional)
    ]
    parameters += [
        Parameter(argument.arg, default is None, named=True)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return Signature(
        tuple(parameters), arguments.kwarg is not None, variadic=arguments.vararg is not None
    )
