"""Compiled modules: made once, and used by every later process that is given the same text.

Python's own compiled files are told apart by time and size of the text, so that a module which is written anew within a
second, at equal size, may go on running as it was. These are told apart by a hash of the text.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from _thread import get_ident
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from types import CodeType

__all__ = ["code_of"]

_CHECKED = (3).to_bytes(4, "little")
"""The flags of a compiled file that holds a hash of its text, for Python's own import to compare."""


def code_of(file: str, text: bytes) -> CodeType:
    """Return the code of a module on disk, given its text: from its compiled file, if that was made from this text.

    Otherwise the compiled file is written, where that is allowed and possible.
    """
    try:
        compiled = cache_from_source(file)
    except NotImplementedError:
        return compile(text, file, "exec", dont_inherit=True)
    head = MAGIC_NUMBER + _CHECKED + source_hash(text)
    code = _read(compiled, head, file)
    if code is None:
        code = compile(text, file, "exec", dont_inherit=True)
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                _write(compiled, head + marshal.dumps(code))
    return code


def _read(compiled: str, head: bytes, file: str) -> CodeType | None:
    """Return what a compiled file holds; None when it is not there, or was made from another text or place."""
    try:
        with open(compiled, "rb") as stream:
            content = stream.read()
        code = marshal.loads(content[len(head) :]) if content.startswith(head) else None
    except (OSError, EOFError, ValueError, TypeError):
        return None
    return code if isinstance(code, CodeType) and code.co_filename == file else None


def _write(compiled: str, content: bytes) -> None:
    """Write a compiled file whole or not at all."""
    os.makedirs(os.path.dirname(compiled), exist_ok=True)
    beside = f"{compiled}.{os.getpid()}.{get_ident()}"
    try:
        with open(beside, "xb") as stream:
            stream.write(content)
        os.replace(beside, compiled)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
