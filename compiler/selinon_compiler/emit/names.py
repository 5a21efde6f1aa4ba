"""Names of packages, of versions and of emitted files: which may be used, and how the others are
escaped.
"""

from __future__ import annotations

import hashlib
import keyword
import re
import sys
import zlib
from collections import Counter
from collections.abc import Iterable

SHARD_SIZE = 64
_LONGEST = 64
_LONGEST_PREFIX = 40
_DIGEST_LENGTH = 16
_OWN = frozenset({"selinon", "selinon_compiler", "selinon_templates"})
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)}
)
# A package runs under every supported Python, so a name is taken if the standard library of any of
# them has it; these are the ones that left between 3.11 and 3.13, or that `sys` does not list.
_NOT_LISTED = (
    "aifc asynchat asyncore audioop cgi cgitb chunk crypt distutils imghdr imp lib2to3 mailcap "
    "msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib test uu xdrlib"
)
_STANDARD = frozenset(name.lower() for name in {*sys.stdlib_module_names, *_NOT_LISTED.split()})
_IDENTIFIER = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*").fullmatch
_ESCAPED = re.compile(rf"_[0-9A-Fa-f]{{{_DIGEST_LENGTH}}}\Z").search
_NUMBER = "(?:0|[1-9][0-9]*)"
_LOCAL = f"(?:{_NUMBER}|[0-9]*[a-z][a-z0-9]*)"
_VERSION = re.compile(
    rf"(?:[1-9][0-9]*!)?{_NUMBER}(?:\.{_NUMBER})*(?:(?:a|b|rc){_NUMBER})?"
    rf"(?:\.post{_NUMBER})?(?:\.dev{_NUMBER})?(?:\+{_LOCAL}(?:\.{_LOCAL})*)?"
)


def check_name(name: str) -> str | None:
    """Return what is wrong with the name of a package, or None.

    The name is a directory, a module and, with case and runs of `_` ignored, a distribution.
    """
    if not re.fullmatch(r"[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?", name):
        return (
            f"{name!a} is not a package name: it takes ASCII letters, digits and `_`, "
            "a letter first and no `_` last"
        )
    if len(name) > _LONGEST:
        return f"{name!a} is longer than {_LONGEST} characters"
    if keyword.iskeyword(name):
        return f"`{name}` is a keyword of Python"
    folded = distribution_name(name)
    if folded in _OWN:
        return f"`{name}` is the name of a part of Selinon"
    if folded in _STANDARD or name.lower() in _STANDARD:
        return f"`{name}` is the name of a module of Python's standard library"
    return f"`{name}` is the name of a device on Windows" if folded in _DEVICES else None


def check_version(version: str) -> str | None:
    """Return what is wrong with the version of a package, or None."""
    if _VERSION.fullmatch(version):
        return None
    return (
        f"{version!a} is not a version in the canonical form of PEP 440, "
        "such as 1.4.0, 1.4.0rc1 or 1.4.0+build.7"
    )


def distribution_name(name: str) -> str:
    """Return the name of a package as names of distributions are compared, with `_` between the
    words.
    """
    return re.sub("_+", "_", name).lower()


def version_directory(version: str) -> str:
    """Return the directory of a version, a Python identifier; no two versions share one, whatever
    their case.
    """
    plain = "v" + version.replace(".", "_")
    if re.fullmatch(r"[a-z0-9_]+", plain) and "_" not in version and not _looks_escaped(plain):
        return plain
    return _escaped("v" + version, version)


def flow_modules(names: Iterable[str]) -> dict[str, str]:
    """Return the name of the module of each flow: the flow's own name where that is safe.

    Two names never get one module, also where case does not count. A name is escaped for its own
    sake, except when it differs from another one in case only; then both are.
    """
    flows = sorted(names)
    safe = {name for name in flows if _is_safe(name)}
    folded = Counter(map(str.lower, safe))
    return {
        name: name if name in safe and folded[name.lower()] == 1 else _escaped(name, name)
        for name in flows
    }


def _is_safe(name: str) -> bool:
    return (
        _IDENTIFIER(name) is not None
        and len(name) <= _LONGEST
        and not keyword.iskeyword(name)
        and name.lower() not in _DEVICES
        and not _looks_escaped(name)
    )


def _looks_escaped(name: str) -> bool:
    return _ESCAPED(name) is not None


def _escaped(text: str, source: str) -> str:
    """Return an identifier that starts like a text and ends with the digest of what it stands for."""
    prefix = re.sub(r"[^A-Za-z0-9_]", "_", text)[:_LONGEST_PREFIX].strip("_")
    if not re.match("[A-Za-z]", prefix):
        prefix = f"f_{prefix}".rstrip("_")
    return f"{prefix}_{_digest(source)[:_DIGEST_LENGTH]}"


def shards(names: Iterable[str]) -> dict[int, tuple[str, ...]]:
    """Return names by shard, sorted: a power of two of shards, of which each holds about 64 of
    them.
    """
    ordered = sorted(names)
    count = shard_count(len(ordered))
    found: dict[int, list[str]] = {}
    for name in ordered:
        found.setdefault(shard_of(name, count), []).append(name)
    return {shard: tuple(found[shard]) for shard in sorted(found)}


def shard_count(names: int) -> int:
    """Return how many shards there are for so many names."""
    count = 1
    while count * SHARD_SIZE < names:
        count *= 2
    return count


def shard_of(name: str, count: int) -> int:
    """Return the shard of a name, one of so many; the runtime finds it in the same way."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % count


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
