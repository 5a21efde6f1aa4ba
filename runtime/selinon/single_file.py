"""A package in one Python file: what `selinon-cli inspect --dump` writes, and `Config.set_config_py` reads.

    PARTS["v1_0_0/settings.py"] = r'''
    SETTINGS = SettingsSpec()
    '''

The file is Python so that people can read it with the tools that they have. It is never run: its parts are taken from
the text, and the package that they make up compares each of them with its digest before use, as any package does.
"""

from __future__ import annotations

import ast
import os
import re
import stat
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from selinon.errors import ConfigurationError

__all__ = ["as_one_text", "parts_of", "save"]

FORM: Final = 1
"""The form of the files that this module writes and reads."""

_HEAD: Final = '''"""A compiled configuration of Selinon: all files of its package in one.

`selinon-cli inspect --dump` wrote it from YAML files; `Config.set_config_py` uses it. It is not made to be edited: each
part must have the digest that `manifest.json` tells. After a change of the YAML files, write it anew.
"""

SELINON_SINGLE_FILE = 1

PARTS = {}
'''
_WORD: Final = re.compile(r"[A-Za-z0-9_./-]*")
_READABLE: Final = re.compile(r"([\x20-\x7e]*\n)*")
_EARLIER: Final = (
    re.compile(rb"^#\s*auto-generated using Selinon(lib)? v", re.M | re.I),
    re.compile(rb"(?s)\A(?=.*^edge_table\s*=)(?=.*^task_classes\s*=)(?=.*^def init\()", re.M),
)
"""What only generated code of 1.x has: its first comment, or, when that was cut off, its tables and function."""
_NEW_FILE: Final = 0o644
"""Mode of a file that was not there before."""
_CURE: Final = (
    "write a new one from the YAML files: "
    "selinon-cli inspect -n NODES.yaml -f FLOWS.yaml --dump FILE.py"
)


def as_one_text(files: Mapping[str, bytes]) -> str:
    """Return the files of a package as one Python file in ASCII, modules first; equal files give equal texts."""
    paths = sorted(files, key=lambda path: (not path.endswith(".py"), path))
    parts = [
        f"\nPARTS[{_quoted(path)}] = {_literal(files[path].decode('utf-8'))}\n" for path in paths
    ]
    return _HEAD + "".join(parts)


def _quoted(path: str) -> str:
    return f'"{path}"' if _WORD.fullmatch(path) else ascii(path)


def _literal(text: str) -> str:
    """Return a literal of a text with a line break before it, so that its first line starts a line."""
    if _READABLE.fullmatch(text) and "'''" not in text:
        return f"r'''\n{text}'''"
    lines = ["\n", *text.splitlines(keepends=True)]
    return "".join(["(\n", *(f"    {line!a}\n" for line in lines), ")"])


def parts_of(path: str) -> dict[str, bytes]:
    """Return the files of the package that a file holds; nothing in it is run.

    Raises:
        ConfigurationError: there is no such file, it cannot be read, or it is not of this form; a file that Selinon
            1.x generated is named as such.
    """
    content = _content(path)
    form: object = None
    parts: dict[str, bytes] = {}
    for statement in _statements(path, content):
        match statement:
            case ast.Assign(
                targets=[ast.Name(id="SELINON_SINGLE_FILE")], value=ast.Constant(value=form)
            ):
                pass
            case ast.Assign(
                targets=[
                    ast.Subscript(value=ast.Name(id="PARTS"), slice=ast.Constant(value=str(name)))
                ],
                value=ast.Constant(value=str(text)),
            ):
                parts[name] = text.removeprefix("\n").encode("utf-8", "surrogatepass")
    if form is None:
        raise _foreign(f"`{path}` is not a compiled configuration", path, content)
    if form != FORM:
        raise ConfigurationError(
            f"`{path}` is a compiled configuration of form {form}; this version of selinon reads form {FORM}\n"
            f"help: {_CURE}"
        )
    return parts


def _content(path: str) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise ConfigurationError(
                f"`{path}` is a directory, not a compiled configuration in one file\n"
                "help: `Config.set_config_package` uses a package that `selinon-compile build` wrote, by its name"
            )
        if not stat.S_ISREG(status.st_mode):
            raise ConfigurationError(f"`{path}` is not a regular file")
        with open(path, "rb") as stream:
            return stream.read()
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(f"cannot read `{path}`: {what}") from error


def _statements(path: str, content: bytes) -> list[ast.stmt]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of code that is not ours
            return ast.parse(content).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        what = getattr(error, "msg", None) or str(error) or "it is nested too deeply"
        where = f"`{path}`, line {line}," if line else f"`{path}`"
        raise _foreign(f"{where} is not Python: {what}", path, content) from error


def _foreign(message: str, path: str, content: bytes) -> ConfigurationError:
    """Return the error for a file of another kind; code of 1.x, which could be broken, is named as such."""
    if any(pattern.search(content) for pattern in _EARLIER):
        message = f"`{path}` was generated by Selinon 1.x, and only that version can use its generated code"
    return ConfigurationError(f"{message}\nhelp: {_CURE}")


def save(path: str, files: Mapping[str, bytes], sources: Iterable[str] = ()) -> None:
    """Write the files of a package as one file, whole or not at all; what was there before is replaced.

    Raises:
        ConfigurationError: it cannot be written, or it is one of the `sources` that the package was made of.
    """
    try:
        if any(os.path.exists(path) and os.path.samefile(path, source) for source in sources):
            raise ConfigurationError(f"cannot write `{path}`: the configuration is read from it")
        _write(path, as_one_text(files).encode("ascii"))
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(f"cannot write `{path}`: {what}") from error


def _write(path: str, content: bytes) -> None:
    # A terminal and a pipe are written to directly; a directory refuses that.
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as stream:
            stream.write(content)
        return
    path = os.path.realpath(path)  # a link is to stay one
    mode = stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else _NEW_FILE
    descriptor, beside = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=os.path.dirname(path))
    try:
        with open(descriptor, "wb") as stream:
            stream.write(content)
        os.chmod(beside, mode)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
