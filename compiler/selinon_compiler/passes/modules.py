"""Look names up in modules by reading their text; no module is run, no package is imported.

    before                           after
    import: myapp.tasks              Definition(CLASS)
    classname: Load

    name: fieldEqual                 Definition(FUNCTION, Signature(message, key, value))

A name that comes by `from … import` is followed to where it is defined.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import re
import sys
import tokenize
from collections.abc import Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder

from selinon_compiler.diagnostics import did_you_mean
from selinon_compiler.model import Definition, Kind, Lookup, Parameter, Problem, Reason, Signature
from selinon_compiler.passes.module_text import OPAQUE, Contents, Imported, scan

BUILT_IN = ("selinon.predicates", "selinon.strategies", "selinon.caches", "selinon.routines")
"""Modules of the runtime whose names are looked up in the modules themselves: they are ours, and safe to import."""

_LONGEST_CHAIN = 32
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Modules:
    """Finds definitions in modules on a search path; every module is read once."""

    def __init__(self, path: Sequence[str] | None = None) -> None:
        self._path = [os.getcwd(), *sys.path] if path is None else list(path)
        self._hooked = path is None
        self._known: dict[str, Contents | Problem | None] = {}
        self._listed: dict[str, tuple[str, ...]] = {}

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
            return OPAQUE
        found = contents.names.get(name)
        starred = None
        if found is None or name in contents.covered:
            starred = self._starred(contents, name, chain)
        if found is not None and starred is not None:
            return OPAQUE
        if isinstance(found, Imported):
            return OPAQUE if found.name is None else self._through(found.module, found.name, chain)
        if found is not None or starred is not None:
            return found or starred or OPAQUE
        if contents.dynamic:
            return OPAQUE
        if not isinstance(self._contents(f"{module}.{name}"), Problem):
            return Definition(Kind.VALUE)
        return Problem(Reason.NO_NAME, module, candidates=tuple(sorted(contents.names)))

    def _starred(self, contents: Contents, name: str, chain: int) -> Definition | None:
        """Return what a name stands for that may come by `from … import *`, None when it surely does not."""
        for star in reversed(contents.stars):
            if not self._exports(star, name):
                continue
            inherited = self._find(star, name, chain - 1)
            if isinstance(inherited, Definition):
                return inherited
            if inherited.reason is not Reason.NO_NAME:
                return OPAQUE
        return None

    def _exports(self, module: str, name: str) -> bool:
        """Return whether `from module import *` may provide a name, if the module has it."""
        contents = None if module in BUILT_IN else self._contents(module)
        if not isinstance(contents, Contents):
            return True
        if contents.exported is not None:
            return name in contents.exported
        return contents.lists_exports or not name.startswith("_")

    def _through(self, module: str, name: str, chain: int) -> Lookup:
        """Follow an import; what cannot be followed is unknown, not missing: running it would tell."""
        found = self._find(module, name, chain - 1)
        return found if isinstance(found, Definition) else OPAQUE

    def _contents(self, module: str) -> Contents | Problem | None:
        if module not in self._known:
            self._known[module] = None
            self._known[module] = self._read(module)
        return self._known[module]

    def _similar(self, module: str) -> tuple[str, ...]:
        """Return what a module that does not exist may be called: one part of its name is misspelt."""
        package, _, last = module.rpartition(".")
        if package and _locate(package, self._path, hooked=self._hooked) is None:
            return tuple(f"{near}.{last}" for near in self._similar(package))
        near = did_you_mean(last, self._modules_in(package))
        return (f"{package}.{near}" if package else near,) if near else ()

    def _modules_in(self, package: str) -> tuple[str, ...]:
        """Return the names of the modules in a package, or in the first directory of the path."""
        if package not in self._listed:
            spec = _locate(package, self._path, hooked=self._hooked) if package else None
            places = self._path[:1] if spec is None else spec.submodule_search_locations or ()
            names: list[str] = []
            for place in places:
                with contextlib.suppress(OSError):
                    names += [re.sub(r"\.py$", "", name) for name in os.listdir(place or ".")]
            self._listed[package] = tuple(
                name for name in names if name.isidentifier() and not name.startswith("__")
            )
        return self._listed[package]

    def _read(self, module: str) -> Contents | Problem | None:
        try:
            spec = _locate(module, self._path, hooked=self._hooked)
        except (ValueError, OSError):
            spec = None
        if spec is None:
            return Problem(Reason.NO_MODULE, module, candidates=self._similar(module))
        if spec.origin is None or not spec.origin.endswith(".py"):
            return None
        try:
            with tokenize.open(spec.origin) as stream:
                text = stream.read()
            package = (
                module if spec.submodule_search_locations is not None else module.rpartition(".")[0]
            )
            return scan(text, package)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            where = os.path.relpath(spec.origin) + (f":{line}" if line else "")
            what = getattr(error, "msg", None) or str(error) or "it is nested too deeply"
            return Problem(Reason.BROKEN, module, f"{what} ({where})")
        except OSError:
            return None  # in an archive, or not for our eyes


@cache
def _built_in(module: str, name: str) -> Lookup:
    if name not in _public(module):
        return Problem(Reason.NO_NAME, module, candidates=_public(module))
    found = getattr(importlib.import_module(module), name)
    if inspect.isclass(found):
        return Definition(Kind.CLASS)
    if not callable(found):
        return Definition(Kind.VALUE)
    parameters = [
        Parameter(p.name, p.default is p.empty, named=p.kind is p.KEYWORD_ONLY)
        for p in inspect.signature(found).parameters.values()
        if p.kind not in _VARIADIC
    ]
    return Definition(Kind.FUNCTION, Signature(tuple(parameters)))


@cache
def _public(module: str) -> tuple[str, ...]:
    return tuple(sorted(importlib.import_module(module).__all__))


def _locate(module: str, path: Sequence[str], *, hooked: bool) -> ModuleSpec | None:
    """Find a module part by part: the usual way would import, and so run, the packages above it.

    When it is `hooked`, what was installed to find modules elsewhere is asked, too, as for packages that are worked on.
    """
    found: ModuleSpec | None = None
    place: Sequence[str] | None = path
    name = ""
    for part in module.split("."):
        if place is None or not part:
            return None
        top = not name
        name = part if top else f"{name}.{part}"
        if top and name in sys.builtin_module_names:
            return ModuleSpec(name, None, origin="built-in")
        found = PathFinder.find_spec(name, place)
        if found is None and top and hooked:
            found = _by_hooks(name)
        if found is None:
            return None
        place = list(found.submodule_search_locations) if found.submodule_search_locations else None
    return found


def _by_hooks(name: str) -> ModuleSpec | None:
    for finder in sys.meta_path:
        try:
            found = finder.find_spec(name, None)
        except Exception:  # a hook of somebody else's, which may do anything
            continue
        if found is not None:
            return found
    return None
