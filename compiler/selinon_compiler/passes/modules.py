"""Look names up in modules by reading their text; no module is run, no package is imported.

    before                           after
    import: myapp.tasks              Definition(CLASS)
    classname: Load

    name: fieldEqual                 Definition(FUNCTION, Signature(message, key, value))

A name that comes by `from … import` is followed to where it is defined.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder

from selinon_compiler.model import Definition, Kind, Lookup, Parameter, Problem, Reason, Signature

BUILT_IN = ("selinon.predicates", "selinon.strategies", "selinon.caches", "selinon.routines")
"""Modules of the runtime whose names are looked up in the modules themselves: they are ours, and safe to import."""

_OPAQUE = Definition(Kind.UNKNOWN)
_LONGEST_CHAIN = 32
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BLOCKS = ("body", "orelse", "handlers", "cases", "finalbody")
"""Where the statements of a module that are nested in another one stand."""
_DYNAMIC = re.compile(r"\b(?:globals|locals|vars)\s*\(\s*\)|\bexec\s*\(|\bsys\s*\.\s*modules\b")
"""What a module needs to define names that its text does not show."""
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class _Import:
    """A name that another module provides: `name` of `module`, or the module itself."""

    module: str
    name: str | None


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a module's text defines; `stars` are modules all of whose names it takes over."""

    names: dict[str, Definition | _Import]
    stars: tuple[str, ...]
    dynamic: bool


class Modules:
    """Finds definitions in modules on a search path; every module is read once."""

    def __init__(self, path: Sequence[str] | None = None) -> None:
        self._path = [os.getcwd(), *sys.path] if path is None else list(path)
        self._known: dict[str, _Contents | Problem | None] = {}

    def find(self, module: str, name: str) -> Lookup:
        """Return what is known of a name in a module."""
        return self._find(module, name, _LONGEST_CHAIN)

    def _find(self, module: str, name: str, chain: int) -> Lookup:
        if module in BUILT_IN:
            return _built_in(module, name)
        contents = self._contents(module)
        if isinstance(contents, Problem):
            return contents
        if contents is None or chain == 0:
            return _OPAQUE
        found = contents.names.get(name)
        if isinstance(found, _Import):
            return _OPAQUE if found.name is None else self._through(found.module, found.name, chain)
        if found is not None:
            return found
        for star in contents.stars:
            inherited = self._find(star, name, chain - 1)
            if isinstance(inherited, Definition):
                return inherited
            if inherited.reason is not Reason.NO_NAME:
                return _OPAQUE
        if contents.dynamic:
            return _OPAQUE
        if not isinstance(self._contents(f"{module}.{name}"), Problem):
            return Definition(Kind.VALUE)
        return Problem(Reason.NO_NAME, module, candidates=tuple(sorted(self._all(module))))

    def _through(self, module: str, name: str, chain: int) -> Lookup:
        """Follow an import; what cannot be followed is unknown, not missing: running it would tell."""
        found = self._find(module, name, chain - 1)
        return found if isinstance(found, Definition) else _OPAQUE

    def _all(self, module: str) -> Iterator[str]:
        contents = self._contents(module)
        if isinstance(contents, _Contents):
            yield from contents.names

    def _contents(self, module: str) -> _Contents | Problem | None:
        if module not in self._known:
            self._known[module] = None
            self._known[module] = self._read(module)
        return self._known[module]

    def _read(self, module: str) -> _Contents | Problem | None:
        try:
            spec = _locate(module, self._path)
        except (ValueError, OSError):
            spec = None
        if spec is None:
            return Problem(Reason.NO_MODULE, module)
        if spec.origin is None or not spec.origin.endswith(".py"):
            return None
        try:
            with tokenize.open(spec.origin) as stream:
                text = stream.read()
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            where = os.path.relpath(spec.origin) + (f":{line}" if line else "")
            what = getattr(error, "msg", None) or str(error) or "it is nested too deeply"
            return Problem(Reason.BROKEN, module, f"{what} ({where})")
        except OSError as error:
            return Problem(Reason.NO_MODULE, module, str(error))
        package = (
            module if spec.submodule_search_locations is not None else module.rpartition(".")[0]
        )
        return _scan(tree, package, dynamic=_DYNAMIC.search(text) is not None)


@cache
def _built_in(module: str, name: str) -> Lookup:
    if name not in _public(module):
        return Problem(Reason.NO_NAME, module, candidates=_public(module))
    found = getattr(importlib.import_module(module), name)
    if inspect.isclass(found):
        return Definition(Kind.CLASS)
    if not callable(found):
        return Definition(Kind.VALUE)
    parameters = inspect.signature(found).parameters.values()
    required = [
        Parameter(p.name, p.default is p.empty) for p in parameters if p.kind not in _VARIADIC
    ]
    return Definition(Kind.FUNCTION, Signature(tuple(required)))


@cache
def _public(module: str) -> tuple[str, ...]:
    return tuple(sorted(importlib.import_module(module).__all__))


def _locate(module: str, path: Sequence[str]) -> ModuleSpec | None:
    """Find a module part by part: the usual way would import, and so run, the packages above it."""
    found: ModuleSpec | None = None
    place: Sequence[str] | None = path
    name = ""
    for part in module.split("."):
        if place is None or not part:
            return None
        name = f"{name}.{part}" if name else part
        if not name.count(".") and name in sys.builtin_module_names:
            return ModuleSpec(name, None, origin="built-in")
        found = PathFinder.find_spec(name, place)
        if found is None:
            return None
        place = list(found.submodule_search_locations) if found.submodule_search_locations else None
    return found


def _scan(tree: ast.Module, package: str, *, dynamic: bool) -> _Contents:
    names: dict[str, Definition | _Import] = {}
    stars: list[str] = []
    for statement in _statements(tree.body):
        match statement:
            case ast.ImportFrom(module=module, names=aliases, level=level):
                origin = _absolute(module or "", level, package)
                for alias in aliases:
                    if alias.name == "*":
                        stars.append(origin)
                    else:
                        names[alias.asname or alias.name] = _Import(origin, alias.name)
            case ast.Import(names=aliases):
                for alias in aliases:
                    names[alias.asname or alias.name.partition(".")[0]] = _Import(alias.name, None)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names[name] = _function(statement)
            case ast.ClassDef(name=name):
                names[name] = Definition(Kind.CLASS)
            case ast.Assign(targets=targets, value=value):
                names.update(
                    (name, _value(value)) for target in targets for name in _targets(target)
                )
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                names[name] = _value(value)
            case ast.AnnAssign():
                pass
            case _:
                for name in _bound(statement):
                    names.setdefault(name, _OPAQUE)
    return _Contents(names, tuple(stars), dynamic or "__getattr__" in names)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those in its branches included.

    A chain of `elif` is nested as deeply as it is long, so this does not recurse.
    """
    pending: list[ast.AST] = []
    pending.extend(reversed(list(body)))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, _SCOPES):
            inner = [part for name in _BLOCKS for part in getattr(node, name, ())]
            pending.extend(reversed(inner))


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
        if isinstance(node, ast.Name):
            yield node.id


def _value(value: ast.expr) -> Definition:
    constant = isinstance(
        value, ast.Constant | ast.List | ast.Dict | ast.Set | ast.Tuple | ast.JoinedStr
    )
    return Definition(Kind.VALUE) if constant else _OPAQUE


def _function(statement: ast.FunctionDef | ast.AsyncFunctionDef) -> Definition:
    if statement.decorator_list:
        return Definition(Kind.FUNCTION)
    arguments = statement.args
    positional = arguments.posonlyargs + arguments.args
    required = len(positional) - len(arguments.defaults)
    parameters = [
        Parameter(argument.arg, index < required) for index, argument in enumerate(positional)
    ]
    parameters += [
        Parameter(argument.arg, default is None)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return Definition(Kind.FUNCTION, Signature(tuple(parameters), arguments.kwarg is not None))
