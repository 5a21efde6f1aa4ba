"""Finding and reading the files that a user names."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from selinon_compiler.diagnostics import Diagnostic, Diagnostics, Rule
from selinon_compiler.frontend import codes
from selinon_compiler.frontend.files import LARGEST, expand_flow_paths, read_source
from selinon_compiler.source import SourceFile


def read(path: str | Path) -> tuple[SourceFile | None, list[Diagnostic]]:
    """Return what is read from a path and what is reported about it."""
    found = Diagnostics()
    return read_source(str(path), found), list(found)


def refusal(path: str | Path) -> str:
    """Return why a path that cannot be read is refused."""
    file, (found,) = read(path)
    assert file is None
    assert (found.rule, found.path, found.span) == (codes.UNREADABLE, str(path), None)
    return found.message


def expand(*paths: str | Path) -> tuple[list[str], list[tuple[Rule, str]]]:
    """Return the files that paths stand for, and what is reported about which path."""
    found = Diagnostics()
    files = expand_flow_paths([str(path) for path in paths], found)
    return files, [(one.rule, one.path) for one in found]


def tree(top: Path, *names: str) -> None:
    """Make empty files, with the directories that they need."""
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).touch()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"a: \xc3\xa4\r\n", "a: ä\r\n"),
        (b"\xef\xbb\xbfa: 1", "a: 1"),
        (b"\xef\xbb\xbf\xef\xbb\xbfa", "\ufeffa"),
    ],
)
def test_text_is_decoded(tmp_path: Path, content: bytes, text: str) -> None:
    """UTF-8 is read as it is, line breaks included; one byte order mark is left out."""
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    file, found = read(path)
    assert found == []
    assert file is not None
    assert (file.path, file.text) == (str(path), text)


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        (b"a: \xff\n", (1, 4), "0xff"),
        (b"\xc3\xa4: x\nb: \xe4 \xff\n", (2, 4), "0xe4"),
        (b"\xef\xbb\xbfa: 1\nb: \xff", (2, 4), "0xff"),
        (b"a: \xc3", (1, 4), "0xc3"),
        (b"a: \xed\xa0\x80", (1, 4), "0xed"),
        ("a: 1".encode("utf-16"), (1, 1), "UTF-16"),
    ],
)
def test_first_byte_that_is_not_utf8_is_located(
    tmp_path: Path, content: bytes, place: tuple[int, int], what: str
) -> None:
    """Another encoding is reported where it first shows."""
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    file, (found,) = read(path)
    assert file is None
    assert found.rule is codes.ENCODING
    assert found.span is not None
    assert (found.span.line, found.span.column) == place
    assert what in found.message


def test_missing_file(tmp_path: Path) -> None:
    """A file that does not exist, or vanished, is named."""
    assert str(tmp_path / "a.yaml") in refusal(tmp_path / "a.yaml")


def test_file_below_a_file(tmp_path: Path) -> None:
    """A path through a file is refused like a missing one."""
    tree(tmp_path, "a.yaml")
    assert "cannot read" in refusal(tmp_path / "a.yaml" / "b.yaml")


def test_broken_and_circular_links(tmp_path: Path) -> None:
    """Links that lead nowhere are refused."""
    (tmp_path / "a.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "b.yaml")
    assert "cannot read" in refusal(tmp_path / "a.yaml")
    assert "cannot read" in refusal(tmp_path / "b.yaml")


def test_directory(tmp_path: Path) -> None:
    """A directory in place of a file is refused, and no descriptor stays open."""
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(20):
        assert "directory" in refusal(tmp_path)
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after <= before


@pytest.mark.parametrize("kind", ["fifo", "socket", "device"])
def test_special_file_does_not_block(tmp_path: Path, kind: str) -> None:
    """Only regular files are opened: a pipe without a writer would block for ever."""
    path = tmp_path / "a.yaml"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/zero")
    else:
        path = Path(os.path.relpath(path))  # addresses of sockets are short
        socket.socket(socket.AF_UNIX).bind(str(path))
    assert "regular file" in refusal(path)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to the administrator"
)
def test_file_without_permission(tmp_path: Path) -> None:
    """A file that may not be read is refused."""
    tree(tmp_path, "a.yaml")
    (tmp_path / "a.yaml").chmod(0)
    assert "cannot read" in refusal(tmp_path / "a.yaml")


@pytest.mark.parametrize("path", ["a\0b.yaml", "a\ud800.yaml", "a" * 5000])
def test_impossible_path(path: str) -> None:
    """A path that no file can have is refused."""
    assert "cannot read" in refusal(path)


def test_file_that_is_too_large(tmp_path: Path) -> None:
    """Size is looked at before anything is read."""
    path = tmp_path / "a.yaml"
    with path.open("wb") as stream:
        stream.truncate(LARGEST + 1)
    assert "256 MiB" in refusal(path)


def test_files_stand_for_themselves(tmp_path: Path) -> None:
    """A file is taken whatever its name is, even one that does not exist; order is kept."""
    tree(tmp_path, ".hidden", "b.txt")
    paths = [tmp_path / "b.txt", tmp_path / ".hidden", tmp_path / "missing.yaml"]
    assert expand(*paths) == ([str(path) for path in paths], [])


def test_directory_stands_for_its_flow_files(tmp_path: Path) -> None:
    """Flow files are found at any depth in sorted order; others and hidden ones are not."""
    tree(
        tmp_path,
        "b.yml",
        "a/z.yaml",
        "a/b/c.yaml",
        "c.yaml",
        "d.txt",
        "yaml",
        ".e.yaml",
        ".git/f.yaml",
        "g.yaml/h.yaml",
    )
    files, found = expand(tmp_path)
    names = [Path(file).relative_to(tmp_path).as_posix() for file in files]
    assert names == ["a/b/c.yaml", "a/z.yaml", "b.yml", "c.yaml", "g.yaml/h.yaml"]
    assert found == []


def test_hidden_directory_that_is_named_is_taken(tmp_path: Path) -> None:
    """What the user names is read, hidden or not."""
    tree(tmp_path, ".flows/a.yaml")
    assert expand(tmp_path / ".flows") == ([str(tmp_path / ".flows" / "a.yaml")], [])


def test_paths_stay_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths stay relative, so that diagnostics name what the user typed."""
    tree(tmp_path, "flows/a.yaml")
    monkeypatch.chdir(tmp_path)
    assert expand("flows") == ([os.path.join("flows", "a.yaml")], [])


def test_file_is_taken_once(tmp_path: Path) -> None:
    """A file that is reached by several ways keeps the name that came first."""
    tree(tmp_path, "a.yaml", "b.yaml")
    (tmp_path / "c.yaml").symlink_to(tmp_path / "a.yaml")
    files, found = expand(tmp_path / "b.yaml", tmp_path, tmp_path / "." / "a.yaml", tmp_path)
    assert [Path(file).name for file in files] == ["b.yaml", "a.yaml"]
    assert found == []


def test_links_are_followed_without_end(tmp_path: Path) -> None:
    """Each directory is entered once, so links in circles neither loop nor multiply."""
    tops = [tmp_path / "flows" / f"d{number}" for number in range(12)]
    for top in tops:
        tree(top, "a.yaml")
        for other in tops:
            (top / f"to-{other.name}").symlink_to(other)
    tree(tmp_path, "outside/b.yaml")
    (tmp_path / "flows" / "link").symlink_to(tmp_path / "outside")
    files, found = expand(tmp_path / "flows")
    assert len(files) == 13
    assert files[-1] == str(tmp_path / "flows" / "link" / "b.yaml")
    assert found == []


def test_deep_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Directories may be nested more deeply than Python may recurse."""
    monkeypatch.chdir(tmp_path)
    levels = [os.path.join("f", *["d"] * depth) for depth in range(1200)]
    for level in levels:
        os.mkdir(level)
    deepest = os.path.join(levels[-1], "a.yaml")
    Path(deepest).touch()
    try:
        assert expand("f") == ([deepest], [])
    finally:  # what clears up after tests recurses
        os.remove(deepest)
        for level in reversed(levels):
            os.rmdir(level)


def test_directory_without_flow_files(tmp_path: Path) -> None:
    """Each directory that was named in vain is reported with its name."""
    tree(tmp_path, "a/b.txt", "c/.hidden.yaml", "d/e.yaml")
    files, found = expand(tmp_path / "a", tmp_path / "c", tmp_path / "d")
    assert files == [str(tmp_path / "d" / "e.yaml")]
    assert found == [(codes.NO_FILES, str(tmp_path / "a")), (codes.NO_FILES, str(tmp_path / "c"))]


def test_broken_link_in_a_directory_is_not_passed_over(tmp_path: Path) -> None:
    """A flow file that cannot be read is an error, not a flow less."""
    (tmp_path / "a.yaml").symlink_to(tmp_path / "nowhere")
    files, _ = expand(tmp_path)
    assert files == [str(tmp_path / "a.yaml")]
    assert "cannot read" in refusal(files[0])
