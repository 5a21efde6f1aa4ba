"""Looking names up in modules: what their text tells, how far imports are followed, and that nothing is ever run."""

from __future__ import annotations

import os
import sys
import textwrap
import zipfile
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

import pytest

from selinon_compiler.model import Definition, Kind, Lookup, Parameter, Problem, Reason, Signature
from selinon_compiler.passes.modules import BUILT_IN, Modules

Find = Callable[[str, str], Lookup]
OPAQUE = Definition(Kind.UNKNOWN)
CLASS = Definition(Kind.CLASS)
VALUE = Definition(Kind.VALUE)
RUN = "raise SystemExit('this module was run')\n"


def finder(directory: Path, **modules: str) -> Find:
    """Write modules, of which `a__b` is `a.b` and `a__` the package `a`; each raises when it is run.

    Return a function that looks names up in them.
    """
    for name, text in modules.items():
        path = directory / ("/".join(name.split("__")) or name)
        file = path / "__init__.py" if name.endswith("__") else path.with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text) + RUN, encoding="utf-8")
    return Modules([str(directory)]).find


def problem(found: Lookup) -> Problem:
    """Return why a name was not found."""
    assert isinstance(found, Problem)
    return found


# --- what a text tells


def test_kinds(tmp_path: Path) -> None:
    """Classes, functions and values are told apart; a value that is computed could be anything."""
    find = finder(
        tmp_path,
        m="""
        class A: ...
        def f(): ...
        async def g(): ...
        def h(): yield from ()
        def made_in_one(): return lambda: (yield)
        number = 1
        text: str = f"{number}"
        one, (two, *rest) = [], [[]]
        made = type("Made", (), {})
        declared: int
        import os.path
        import json as j
        """,
    )
    found = {name: find("m", name) for name in ("A", "number", "text", "made", "os", "j", "rest")}
    assert found == {
        "A": CLASS,
        "number": VALUE,
        "text": VALUE,
        "made": OPAQUE,
        "os": OPAQUE,
        "j": OPAQUE,
        "rest": VALUE,
    }
    kinds = {name: find("m", name) for name in ("f", "g", "h", "made_in_one")}
    assert kinds == {
        "f": Definition(Kind.FUNCTION, Signature(())),
        "g": Definition(Kind.COROUTINE, Signature(())),
        "h": Definition(Kind.GENERATOR, Signature(())),
        "made_in_one": Definition(Kind.FUNCTION, Signature(())),
    }
    assert problem(find("m", "declared")).reason is Reason.NO_NAME


def test_signatures(tmp_path: Path) -> None:
    """Parameters of all forms are seen, with whether they must be given; `*args` cannot be given by name."""
    find = finder(
        tmp_path,
        m="""
        def f(a, /, b, c=1, *args, d, e=None, **rest): ...
        def g(a=1): ...
        """,
    )
    parameters = (
        Parameter("a", True),
        Parameter("b", True),
        Parameter("c", False),
        Parameter("d", True, named=True),
        Parameter("e", False, named=True),
    )
    signature = Signature(parameters, open=True, variadic=True)
    assert find("m", "f") == Definition(Kind.FUNCTION, signature)
    assert find("m", "g") == Definition(Kind.FUNCTION, Signature((Parameter("a", False),)))


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("", [0]),
        ("a, b", [2]),
        ("a, b=1, /", [1, 2]),
        ("a, *rest", [1, 2, 3]),
        ("a, b, *, c", []),
        ("a, *, c=1", [1]),
        ("a, **rest", [1]),
    ],
)
def test_arguments_by_position(text: str, counts: list[int], tmp_path: Path) -> None:
    """A signature tells with how many arguments by position the function can be called."""
    found = finder(tmp_path, m=f"def f({text}): ...\n")("m", "f")
    assert isinstance(found, Definition)
    assert found.signature is not None
    assert [count for count in range(4) if found.signature.accepts(count)] == counts


def test_a_decorator_hides_the_signature(tmp_path: Path) -> None:
    """A decorated function is a function of which only running the module would tell how it is called."""
    find = finder(tmp_path, m="import functools\n@functools.cache\ndef f(a): ...\n")
    assert find("m", "f") == Definition(Kind.FUNCTION, None)


def test_the_last_definition_holds(tmp_path: Path) -> None:
    """A name that is defined again is what it is defined as last."""
    assert finder(tmp_path, m="def A(): ...\nclass A: ...\n")("m", "A") == CLASS


UNCERTAIN = {
    "a fallback for an import": "try:\n    from n import x\nexcept ImportError:\n    x = None\n",
    "a value that is replaced": "x = None\nif n:\n    def x(a): ...\n",
    "a loop": "def x(): ...\nfor x in n: ...\n",
    "a name that is removed": "def x(): ...\ndel x\n",
    "a function that binds it": "x = None\ndef f():\n    global x\n    x = f\n",
    "an import of everything that comes later": "x = None\nfrom other import *\n",
    "an alias of it": "x = made()\ny = x\n",
    "a decorated class": "@made\nclass x: ...\n",
}


@pytest.mark.parametrize("case", UNCERTAIN)
def test_what_may_be_several_things_is_unknown(case: str, tmp_path: Path) -> None:
    """Nothing is claimed of a name that is bound in ways which do not agree, or may be bound anew."""
    assert finder(tmp_path, m=UNCERTAIN[case], other="def x(): ...\n")("m", "x") == OPAQUE


CERTAIN = {
    "an import of everything that comes first": ("from other import *\nx = None\n", VALUE),
    "an import of what has no such name": ("x = None\nfrom empty import *\n", VALUE),
    "an import of what does not export it": ("x = None\nfrom listed import *\n", VALUE),
    "two functions": ("if n:\n    def x(a): ...\nelse:\n    def x(b): ...\n", Kind.FUNCTION),
    "two functions alike": (
        "if n:\n    def x(): ...\nelse:\n    def x(): return 1\n",
        Definition(Kind.FUNCTION, Signature(())),
    ),
    "an alias": ("class C: ...\nx = C\n", CLASS),
    "an alias of what is imported": ("from other import y\nx = y\n", CLASS),
    "an anonymous function": ("x = lambda: 1\n", Definition(Kind.FUNCTION, Signature(()))),
}


@pytest.mark.parametrize("case", CERTAIN)
def test_what_can_be_one_thing_only(case: str, tmp_path: Path) -> None:
    """Definitions that agree, that come last, or that are handed on say what a name is."""
    text, expected = CERTAIN[case]
    find = finder(
        tmp_path,
        m=text,
        other="def x(): ...\nclass y: ...\n",
        empty="",
        listed="__all__ = ['y']\ndef x(): ...\ndef y(): ...\n",
    )
    assert find("m", "x") == (Definition(expected) if isinstance(expected, Kind) else expected)


def test_star_imports_take_what_is_exported(tmp_path: Path) -> None:
    """`__all__` says what an import of everything brings; without one, names with an underscore stay behind."""
    find = finder(
        tmp_path,
        m="from a import *\nfrom b import *\nfrom c import *\n",
        a="__all__ = ['one', '_two']\ndef one(): ...\ndef _two(): ...\ndef three(): ...\n",
        b="def four(): ...\ndef _five(): ...\n",
        c="from a import three\n__all__ = ['six']\n__all__ += names()\ndef seven(): ...\n",
    )
    found = {
        name
        for name in ("one", "_two", "three", "four", "_five", "seven")
        if isinstance(find("m", name), Definition)
    }
    assert found == {"one", "_two", "three", "four", "seven"}
    assert problem(find("m", "_five")).reason is Reason.NO_NAME


def test_a_module_in_an_archive_is_not_read(tmp_path: Path) -> None:
    """Python can import from an archive; what a module there holds is unknown, not missing."""
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("packed.py", "class A: ...\n")
    assert Modules([str(tmp_path / "all.zip")]).find("packed", "A") == OPAQUE


def test_a_module_that_a_hook_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that are worked on may be found by a hook; it is asked unless a path is given."""
    (tmp_path / "hooked.py").write_text("class A: ...\n")

    class Hook:
        @staticmethod
        def find_spec(name: str, path: object) -> ModuleSpec | None:
            if name == "hooked":
                return spec_from_file_location(name, tmp_path / "hooked.py")
            raise RuntimeError("a hook may do anything")

    monkeypatch.setattr(sys, "meta_path", [Hook])
    assert Modules().find("hooked", "A") == CLASS
    assert problem(Modules().find("unhooked", "A")).reason is Reason.NO_MODULE
    assert problem(Modules([]).find("hooked", "A")).reason is Reason.NO_MODULE


def test_branches_are_looked_into(tmp_path: Path) -> None:
    """Names that are defined under a condition count; those inside functions and classes do not."""
    find = finder(
        tmp_path,
        m="""
        import sys
        if sys.platform == "nowhere":
            class A: ...
        elif sys.flags:
            class B: ...
        else:
            class C: ...
        try:
            from nowhere import K
        except ImportError:
            class D: ...
        else:
            class E: ...
        finally:
            with open("x"):
                class F: ...
        for _ in ():
            class G: ...
        def f():
            class H: ...
        class I:
            class J: ...
        """,
    )
    assert all(find("m", name) == CLASS for name in "ABCDEFGI")
    assert [problem(find("m", name)).reason for name in "HJ"] == [Reason.NO_NAME] * 2


def test_a_missing_name_comes_with_those_there_are(tmp_path: Path) -> None:
    """What the module does define is told, so that a similar name can be offered."""
    found = problem(finder(tmp_path, m="class Load: ...\nSIZE = 1\n")("m", "Laod"))
    assert (found.reason, found.module, found.candidates) == (
        Reason.NO_NAME,
        "m",
        ("Load", "SIZE"),
    )


# --- imports


def test_re_exports_are_followed(tmp_path: Path) -> None:
    """A name that is imported is what it is where it is defined, through several modules and under other names."""
    find = finder(
        tmp_path,
        a="from b import B as A\n",
        b="from c import C as B\n",
        c="class C: ...\n",
    )
    assert find("a", "A") == CLASS
    assert problem(find("a", "B")).module == "a"


def test_relative_imports(tmp_path: Path) -> None:
    """Dots count from the package: that of a module is the one it is in, that of `__init__` is its own."""
    find = finder(
        tmp_path,
        p__="from .m import A\nfrom . import m\n",
        p__m="class A: ...\nfrom .q import B\nfrom .q.deep import C\n",
        p__q__="class B: ...\nfrom ..m import A\n",
        p__q__deep="class C: ...\nfrom .. import m as above\nfrom ..m import A\n",
    )
    found = [("p", "A"), ("p.m", "B"), ("p.m", "C"), ("p.q", "A"), ("p.q.deep", "A")]
    assert [find(*one) for one in found] == [CLASS] * 5
    assert find("p", "q") == VALUE
    assert find("p", "m") == find("p.q.deep", "above") == OPAQUE


def test_star_imports(tmp_path: Path) -> None:
    """All names of a module are taken over by a star, the module's own going first."""
    find = finder(
        tmp_path,
        a="from b import *\nfrom c import *\nX = 1\n",
        b="class A: ...\ndef X(): ...\n",
        c="class C: ...\nclass A: ...\n",
    )
    assert [find("a", name) for name in "ACX"] == [CLASS, CLASS, VALUE]
    assert problem(find("a", "B")).reason is Reason.NO_NAME


def test_imports_in_a_circle(tmp_path: Path) -> None:
    """Modules that import each other end the search, not the compiler."""
    find = finder(
        tmp_path,
        a="from b import A\nfrom b import *\n",
        b="from a import A\nfrom a import *\n",
    )
    assert find("a", "A") == OPAQUE
    assert find("a", "B") == OPAQUE


@pytest.mark.parametrize("text", ["from nowhere import A\n", "from b import A\n", "import A\n"])
def test_what_cannot_be_followed_is_unknown(tmp_path: Path, text: str) -> None:
    """A name that comes from a module which is not found, or does not have it, is not reported as missing."""
    assert finder(tmp_path, a=text, b="")("a", "A") == OPAQUE


def test_modules_that_make_names(tmp_path: Path) -> None:
    """A module with `__getattr__` may have any name."""
    find = finder(tmp_path, m="def __getattr__(name): ...\nclass A: ...\n")
    assert (find("m", "A"), find("m", "B")) == (CLASS, OPAQUE)


# --- modules


@pytest.mark.parametrize(
    "name", ["nowhere", "p.nowhere", "m.A", "nowhere.m", "", ".", "p.", ".m", "p..q", "../m", "m\0"]
)
def test_modules_that_are_not_there(tmp_path: Path, name: str) -> None:
    """What is not the name of a module that can be found is reported as such, whatever it is."""
    found = problem(finder(tmp_path, m="class A: ...\n", p__="")(name, "A"))
    assert (found.reason, found.module) == (Reason.NO_MODULE, name)


def test_a_broken_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A syntax error is told with its place, which is relative to the working directory."""
    find = finder(tmp_path, m="x = 1\nclass A\n    pass\n")
    monkeypatch.chdir(tmp_path)
    found = problem(find("m", "A"))
    assert found.reason is Reason.BROKEN
    assert found.detail == "expected ':' (m.py:2)"


@pytest.mark.parametrize(
    "content",
    [
        b"# coding: nonsense\n",
        b"x = '\xff'\n",
        b"x = 1\0\n",
        b"(" * 500,
    ],
)
def test_files_that_are_no_python(tmp_path: Path, content: bytes) -> None:
    """A file that Python could not read either is broken, and nothing is raised."""
    (tmp_path / "m.py").write_bytes(content)
    assert problem(Modules([str(tmp_path)]).find("m", "A")).reason is Reason.BROKEN


def test_encodings(tmp_path: Path) -> None:
    """A module may be in another encoding if it says so."""
    (tmp_path / "m.py").write_bytes("# coding: latin-1\nclass Ä: ...\n".encode("latin-1"))
    assert Modules([str(tmp_path)]).find("m", "Ä") == CLASS


def test_what_is_not_written_in_python_is_unknown(tmp_path: Path) -> None:
    """Names in compiled modules, built-in ones and name spaces without a file are neither found nor missing."""
    (tmp_path / "space" / "inner").mkdir(parents=True)
    modules = Modules([str(tmp_path), *sys.path])
    assert modules.find("sys", "path") == OPAQUE
    assert modules.find("space", "A") == OPAQUE


def test_the_first_place_on_the_path_counts(tmp_path: Path) -> None:
    """Directories are searched in their order, and the first module of a name hides the others."""
    for name, text in (("one", "class A: ..."), ("two", "class B: ...")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "m.py").write_text(text)
    modules = Modules([str(tmp_path / "one"), str(tmp_path / "two")])
    assert modules.find("m", "A") == CLASS
    assert problem(modules.find("m", "B")).reason is Reason.NO_NAME


def test_the_working_directory_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a path of one's own, modules are looked for in the working directory, then where Python looks."""
    (tmp_path / "json.py").write_text("class Here: ...")
    monkeypatch.chdir(tmp_path)
    modules = Modules()
    assert modules.find("json", "Here") == CLASS
    found = modules.find("textwrap", "TextWrapper")
    assert isinstance(found, Definition)
    assert found.kind is Kind.CLASS


@pytest.mark.parametrize("module", BUILT_IN)
def test_modules_of_the_runtime(module: str) -> None:
    """In modules of the runtime, what is there is looked at; what is missing comes with what there is."""
    names = {
        "selinon.predicates": "fieldEqual",
        "selinon.strategies": "constant",
        "selinon.caches": "LRU",
        "selinon.routines": "always_run",
    }
    found = Modules([]).find(module, names[module])
    assert isinstance(found, Definition)
    assert found.kind is (Kind.CLASS if module == "selinon.caches" else Kind.FUNCTION)
    missing = problem(Modules([]).find(module, "nothing_of_this_name"))
    assert names[module] in missing.candidates


def test_the_signature_of_a_built_in_predicate() -> None:
    """A built-in predicate takes what its definition says, although it is wrapped."""
    found = Modules([]).find("selinon.predicates", "fieldEqual")
    assert isinstance(found, Definition)
    assert found.signature is not None
    assert found.signature.required == ("message", "key", "value")


# --- nothing is run


def test_nothing_is_run(tmp_path: Path) -> None:
    """Neither a module nor the packages above it are run: one that writes a file does not get to do so."""
    mark = tmp_path / "mark"
    write = f"open({str(mark)!r}, 'w').close()\n"
    before = set(sys.modules)
    find = finder(
        tmp_path,
        marked__=write,
        marked__inner__=write + "from .m import *\n",
        marked__inner__m=write + "class A: ...\n",
    )
    assert find("marked.inner.m", "A") == find("marked.inner", "A") == CLASS
    assert problem(find("marked.inner.m", "B")).reason is Reason.NO_NAME
    assert not mark.exists()
    assert not {name for name in set(sys.modules) - before if name.startswith("marked")}
    assert not list(tmp_path.rglob("__pycache__"))
    exec(compile(write, "marked", "exec"), {})
    assert mark.exists(), "a module that is run would have been seen"


def test_a_module_is_read_once(tmp_path: Path) -> None:
    """A file that changes while a configuration is compiled is not seen in two versions."""
    find = finder(tmp_path, m="class A: ...\n")
    assert find("m", "A") == CLASS
    os.remove(tmp_path / "m.py")
    assert find("m", "A") == CLASS
    assert problem(find("m", "B")).candidates == ("A",)


CONSTRUCTORS = {
    "class x:\n    def __init__(self, a, *, b=1): ...\n": ["a", "b"],
    "class x(made()):\n    def __init__(self): ...\n": [],
    "class x:\n    def run(self): ...\n": None,
    "class x(metaclass=made):\n    def __init__(self, a): ...\n": None,
    "class x:\n    def __new__(cls): ...\n    def __init__(self, a): ...\n": None,
    "class x:\n    @made\n    def __init__(self, a): ...\n": None,
    "if n:\n    class x:\n        def __init__(self, a): ...\nelse:\n    class x: ...\n": None,
    "def x(self, a): ...\n": None,
}


@pytest.mark.parametrize("text", CONSTRUCTORS)
def test_constructors(text: str, tmp_path: Path) -> None:
    """What a class takes is known when it says so itself, and nothing else can have a say in it."""
    found = finder(tmp_path, m=text)("m", "x")
    assert isinstance(found, Definition)
    names = CONSTRUCTORS[text]
    assert (found.constructor and list(found.constructor.names)) == names
