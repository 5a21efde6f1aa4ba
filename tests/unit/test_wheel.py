"""Wheels are valid and can be installed; what is written replaces an earlier build whole or not."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import itertools
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest

from selinon.abi import Reference, TaskSpec
from selinon_compiler import emit
from selinon_compiler.emit.earlier import Found
from selinon_compiler.plan import FlowPlan, Plan


def build(*flows: str, name: str = "myflows", version: str = "1.0.0") -> emit.EmittedPackage:
    """Return a package with flows of these names."""
    plan = Plan(
        tasks=(TaskSpec(name="T", task=Reference("m", "T")),),
        flows=tuple(FlowPlan(name=flow, fingerprint="0" * 64, edges=()) for flow in flows),
    )
    return emit.package(plan, {}, name=name, version=version, compiler_version="0.1.0")


def opened(package: emit.EmittedPackage) -> zipfile.ZipFile:
    """Return the wheel of a package, opened."""
    return zipfile.ZipFile(io.BytesIO(emit.wheel(package).content))


def snapshot(directory: Path) -> dict[str, bytes]:
    """Return the files below a directory by their paths."""
    files = (file for file in directory.rglob("*") if file.is_file())
    return {file.relative_to(directory).as_posix(): file.read_bytes() for file in files}


def test_a_wheel_describes_itself() -> None:
    """File name, metadata, tag and entry point are those of the package."""
    package = build("flow1", name="MyFlows", version="1.0.0rc1+local.2")
    file = emit.wheel(package).file
    assert file == "myflows-1.0.0rc1+local.2-py3-none-any.whl"
    info = "myflows-1.0.0rc1+local.2.dist-info"
    with opened(package) as archive:
        metadata = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
        assert metadata["Name"] == "MyFlows"
        assert metadata["Version"] == "1.0.0rc1+local.2"
        assert metadata["Requires-Dist"] == "selinon"
        assert metadata["Requires-Python"] == ">=3.11"
        assert b"Tag: py3-none-any\n" in archive.read(f"{info}/WHEEL")
        entry_points = archive.read(f"{info}/entry_points.txt")
        assert entry_points == b"[selinon.packages]\nMyFlows = MyFlows\n"


def test_a_wheel_holds_the_package_and_its_record() -> None:
    """The record lists every file with the digest and the size of what the archive holds."""
    package = build("flow1")
    with opened(package) as archive:
        rows = list(csv.reader(io.StringIO(archive.read(archive.namelist()[-1]).decode())))
        assert [row[0] for row in rows] == archive.namelist()
        assert rows[-1][1:] == ["", ""]
        for path, digest, size in rows[:-1]:
            content = archive.read(path)
            expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            assert digest == f"sha256={expected.decode()}"
            assert int(size) == len(content)
        for path, content in package.files.items():
            assert archive.read(f"myflows/{path}") == content


def test_entries_are_stored_with_fixed_times_and_modes() -> None:
    """Nothing in the archive depends on a compressor, the clock or the system."""
    with opened(build("flow1")) as archive:
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.external_attr == 0o100644 << 16
            assert entry.create_system == 3
        assert archive.testzip() is None


def test_pip_installs_the_wheel(tmp_path: Path) -> None:
    """Pip takes the wheel, and the installed package can be imported and found."""
    emit.write(build("flow1"), emit.wheel(build("flow1")), tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True, capture_output=True)
    runtime = Path(__file__).parents[2] / "runtime"
    script = (
        "import importlib.metadata as m; "
        "(e,) = m.entry_points(group='selinon.packages'); p = e.load().PACKAGE; "
        "print(p.name, p.version, p.abi, p.directory)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(target), str(runtime)])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == ["myflows", "1.0.0", "1", str(target / "myflows")]


def test_what_is_written_is_found_unchanged(tmp_path: Path) -> None:
    """A build writes all files once; a check behind it, and a second build, find nothing to do."""
    package = build("flow1")
    wheel = emit.wheel(package)
    missing = tuple(sorted([*(f"myflows/{path}" for path in package.files), wheel.file]))
    output = tmp_path / "new" / "out"
    assert emit.check(package, wheel, output) == missing
    assert not output.exists()
    assert emit.write(package, wheel, output) == missing
    assert emit.check(package, wheel, output) == ()
    expected = {f"myflows/{path}": content for path, content in package.files.items()}
    assert snapshot(output) == {**expected, wheel.file: wheel.content}
    before = (output / "myflows" / "manifest.json").stat()
    assert emit.write(package, wheel, output) == ()
    assert (output / "myflows" / "manifest.json").stat() == before
    assert emit.check(package, None, output) == ()


def test_a_check_names_what_differs_is_missing_or_left_over(tmp_path: Path) -> None:
    """An edited, a deleted and an outdated file are all reported, and a build puts them right."""
    emit.write(build("flow1", "gone"), None, tmp_path)
    base = tmp_path / "myflows"
    (base / "py.typed").unlink()
    (base / "plan.json").write_text("{}")
    expected = {
        "myflows/parts.json",
        "myflows/manifest.json",
        "myflows/plan.json",
        "myflows/py.typed",
        "myflows/sources.json",
        "myflows/v1_0_0/flows/gone.py",
        "myflows/v1_0_0/index/flows_0.json",
    }
    assert set(emit.check(build("flow1"), None, tmp_path)) == expected
    assert set(emit.write(build("flow1"), None, tmp_path)) == expected
    assert not (base / "v1_0_0" / "flows" / "gone.py").exists()
    assert emit.check(build("flow1"), None, tmp_path) == ()


def test_other_files_in_the_directory_stay(tmp_path: Path) -> None:
    """Neighbours, wheels of other versions among them, are left as they are; so are caches of what did not change."""
    emit.write(build("flow1", "both"), None, tmp_path)
    cache = tmp_path / "myflows" / "v1_0_0" / "flows" / "__pycache__"
    cache.mkdir()
    for name in ("flow1.cpython-311.pyc", "both.cpython-311.pyc"):
        (cache / name).write_bytes(b"old")
    others = {"notes.txt": b"mine", "myflows-0.9.0-py3-none-any.whl": b"old", "other/a.py": b""}
    (tmp_path / "other").mkdir()
    for path, content in others.items():
        (tmp_path / path).write_bytes(content)
    assert emit.write(build("flow2", "both"), None, tmp_path)
    found = snapshot(tmp_path)
    assert {path: found.get(path) for path in others} == others
    assert [entry.name for entry in cache.iterdir()] == ["both.cpython-311.pyc"]
    assert not list(tmp_path.glob(".*"))


def make_file(target: Path) -> None:
    """Put a file there."""
    target.write_text("")


def make_directory(target: Path) -> None:
    """Put a directory without a manifest there."""
    target.mkdir()
    (target / "module.py").write_text("")


def make_other_manifest(target: Path) -> None:
    """Put a package of another name there."""
    target.mkdir()
    (target / "manifest.json").write_text('{"format": 1, "name": "other", "files": {}}')


def make_broken_manifest(target: Path) -> None:
    """Put a manifest there that is no JSON."""
    target.mkdir()
    (target / "manifest.json").write_bytes(b"\xff{")


def make_later_manifest(target: Path) -> None:
    """Put a package of a later format there."""
    target.mkdir()
    (target / "manifest.json").write_text('{"format": 3, "name": "myflows", "files": {}}')


def make_first_format(target: Path) -> None:
    """Put a package of the first format there, with a file that its manifest does not list."""
    target.mkdir()
    (target / "plan.json").write_text("{}")
    (target / "parts.json").write_text("mine")
    (target / "manifest.json").write_text(
        '{"format": 1, "name": "myflows", "files": {"plan.json": "0"}}'
    )


def make_link(target: Path) -> None:
    """Put a link to a package there."""
    elsewhere = target.parent / "elsewhere"
    emit.write(build("flow1"), None, elsewhere)
    target.symlink_to(elsewhere / "myflows", target_is_directory=True)


def make_added_file(target: Path) -> None:
    """Put a package there that somebody added a file to."""
    emit.write(build("flow1"), None, target.parent)
    (target / "notes.txt").write_text("mine")


def make_added_index(target: Path) -> None:
    """Put a package there that somebody added a file to, which is named like one of the index."""
    emit.write(build("flow1"), None, target.parent)
    (target / "v1_0_0" / "index" / "notes_1.json").write_text("mine")


def make_added_link(target: Path) -> None:
    """Put a package there that somebody added a link to."""
    emit.write(build("flow1"), None, target.parent)
    (target.parent / "outside").mkdir()
    (target.parent / "outside" / "file").write_text("mine")
    (target / "link").symlink_to(target.parent / "outside", target_is_directory=True)


@pytest.mark.parametrize(
    "make",
    [
        make_file,
        make_directory,
        make_other_manifest,
        make_broken_manifest,
        make_later_manifest,
        make_first_format,
        make_link,
        make_added_file,
        make_added_index,
        make_added_link,
    ],
)
def test_what_no_build_wrote_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Anything else at the package's place makes both functions fail, and nothing changes."""
    make(tmp_path / "myflows")
    before = snapshot(tmp_path)
    package = build("flow2")
    with pytest.raises(emit.OutputError):
        emit.check(package, None, tmp_path)
    with pytest.raises(emit.OutputError):
        emit.write(package, emit.wheel(package), tmp_path)
    assert snapshot(tmp_path) == before


def test_a_package_of_the_first_format_is_replaced(tmp_path: Path) -> None:
    """What an earlier compiler wrote, and lists, gives way as a whole."""
    make_first_format(tmp_path / "myflows")
    (tmp_path / "myflows" / "parts.json").unlink()
    emit.write(build("flow1"), None, tmp_path)
    assert emit.check(build("flow1"), None, tmp_path) == ()


@pytest.mark.parametrize("there", [False, True])
def test_what_a_killed_build_left_is_removed(tmp_path: Path, there: bool) -> None:
    """Of a build that had replaced nothing yet, no rest is left."""
    if there:
        emit.write(build("flow1"), None, tmp_path)
    (tmp_path / ".myflows-4711.selinon" / "new").mkdir(parents=True)
    (tmp_path / ".myflows-4711.selinon" / "new" / "half").write_text("")
    emit.prepare("myflows", tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == (["myflows"] if there else [])
    assert not there or emit.check(build("flow1"), None, tmp_path) == ()


@pytest.mark.parametrize("kind", ["old", "added"])
def test_what_a_killed_build_left_leads_nowhere_else(tmp_path: Path, kind: str) -> None:
    """Nothing is put back or taken away through a link that leads out of the package; what is left stays."""
    outside, output = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    emit.write(build("flow1"), None, output)
    (output / "myflows" / "link").symlink_to(outside, target_is_directory=True)
    for name in ("new", "old", "added"):
        (output / ".myflows-4711.selinon" / name).mkdir(parents=True)
    (output / ".myflows-4711.selinon" / kind / "myflows" / "link").mkdir(parents=True)
    (output / ".myflows-4711.selinon" / kind / "myflows" / "link" / "mine").write_text("other")
    (output / "myflows" / ".myflows-4711.selinon").write_text("")
    before = snapshot(tmp_path)
    with pytest.raises(emit.OutputError, match="is a link"):
        emit.prepare("myflows", output)
    assert snapshot(tmp_path) == before


def test_a_link_in_place_of_a_package_is_not_followed(tmp_path: Path) -> None:
    """What a killed build left is not put back into a directory that a link in the package's place leads to."""
    emit.write(build("flow1"), None, tmp_path)
    assert write_until(build("flow2"), tmp_path, 5, ["rename"])
    (tmp_path / "myflows").rename(tmp_path / "elsewhere")
    (tmp_path / "myflows").symlink_to("elsewhere", target_is_directory=True)
    before = snapshot(tmp_path)
    with pytest.raises(emit.OutputError, match="not a directory"):
        emit.prepare("myflows", tmp_path)
    assert snapshot(tmp_path) == before


def test_a_package_that_was_removed_does_not_come_back_in_part(tmp_path: Path) -> None:
    """Of a package that a killed build changed and a user removed, nothing is put back."""
    emit.write(build("flow1"), None, tmp_path)
    assert write_until(build("flow2"), tmp_path, 5, ["rename"])
    shutil.rmtree(tmp_path / "myflows")
    assert emit.prepare("myflows", tmp_path).files == {}
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_was_replaced_stays_as_it_is(tmp_path: Path) -> None:
    """What a killed build left is not put back into another package that a user put in the place of the changed one."""
    emit.write(build("flow1"), None, tmp_path)
    assert write_until(build("flow2"), tmp_path, 5, ["rename"])
    shutil.rmtree(tmp_path / "myflows")
    (tmp_path / "other").mkdir()
    emit.write(build("flow3"), None, tmp_path / "other")
    (tmp_path / "other" / "myflows").rename(tmp_path / "myflows")
    assert emit.write(build("flow3"), None, tmp_path) == ()
    assert emit.check(build("flow3"), None, tmp_path) == ()


def test_what_came_while_a_build_was_made_is_not_touched(tmp_path: Path) -> None:
    """A directory or a link that a user puts in the place of a package after it was read is refused."""
    found = emit.prepare("myflows", tmp_path)
    (tmp_path / "myflows").mkdir()
    (tmp_path / "myflows" / "__init__.py").write_text("mine")
    before = snapshot(tmp_path)
    with pytest.raises(emit.OutputError):
        emit.write(build("flow1"), None, tmp_path, found)
    assert snapshot(tmp_path) == before
    shutil.rmtree(tmp_path / "myflows")
    emit.write(build("flow1"), None, tmp_path)
    found = emit.prepare("myflows", tmp_path)
    (tmp_path / "myflows").rename(tmp_path / "elsewhere")
    (tmp_path / "myflows").symlink_to("elsewhere", target_is_directory=True)
    before = snapshot(tmp_path)
    with pytest.raises(emit.OutputError):
        emit.write(build("flow2"), None, tmp_path, found)
    assert snapshot(tmp_path) == before


def test_a_build_that_finds_nothing_to_change_sees_a_killed_one(tmp_path: Path) -> None:
    """What was read before another build was killed is read again, and put right."""
    emit.write(build("flow1"), None, tmp_path)
    found = emit.prepare("myflows", tmp_path)
    assert write_until(build("flow2"), tmp_path, 5, ["rename"])
    emit.write(build("flow1"), None, tmp_path, found)
    assert emit.check(build("flow1"), None, tmp_path) == ()


def test_flows_whose_names_differ_in_case_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not needed any more is moved away before anything takes a place: the case of names may not count."""
    emit.write(build("Flow1"), None, tmp_path)
    renamed: list[str] = []
    rename = os.rename

    def noted(source: str, target: str) -> None:
        renamed.append(f"{Path(source).parts[-4]}/{Path(source).name}")
        rename(source, target)

    monkeypatch.setattr(os, "rename", noted)
    emit.write(build("flow1"), None, tmp_path)
    assert renamed.index("myflows/Flow1.py") < renamed.index("myflows/flow1.py")


@pytest.mark.parametrize("names", [("old",), ("old", "new"), ("old", "added", "notes")])
def test_hidden_directories_that_no_build_left_stay(tmp_path: Path, names: tuple[str, ...]) -> None:
    """A directory of a user's whose name looks like one of a build's is not taken for it."""
    emit.write(build("flow1"), None, tmp_path)
    for name in names:
        (tmp_path / ".myflows-2024.selinon" / name).mkdir(parents=True)
        (tmp_path / ".myflows-2024.selinon" / name / "notes.txt").write_text("mine")
    before = snapshot(tmp_path)
    emit.prepare("myflows", tmp_path)
    assert snapshot(tmp_path) == before


def test_a_check_after_a_killed_build_says_so(tmp_path: Path) -> None:
    """Nothing is compared with what is neither the earlier package nor the new one, and nothing is put right."""
    emit.write(build("flow1"), None, tmp_path)
    assert write_until(build("flow2"), tmp_path, 5, ["rename"])
    before = snapshot(tmp_path)
    for package in (build("flow1"), build("flow2")):
        with pytest.raises(emit.OutputError, match="was ended while it wrote"):
            emit.check(package, None, tmp_path)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("name", ["flow2.py", "flow1.py"])
def test_a_directory_in_place_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    """Also an empty one, which a build does not notice when it reads; nothing changes."""
    emit.write(build("flow1"), None, tmp_path)
    place = tmp_path / "myflows" / "v1_0_0" / "flows" / name
    if place.exists():
        place.unlink()
    place.mkdir()
    before = snapshot(tmp_path)
    with pytest.raises(emit.OutputError, match=f"{name} is a directory"):
        emit.write(build("flow1", "flow2"), None, tmp_path)
    assert snapshot(tmp_path) == before
    assert place.is_dir()
    assert [entry.name for entry in tmp_path.iterdir()] == ["myflows"]


def test_other_hidden_directories_stay(tmp_path: Path) -> None:
    """Only what a build of this very package can have left is removed."""
    for name in (".myflows-notes", ".my-4711.selinon", ".myflows2-4711.selinon"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine").write_text("")
    (tmp_path / ".myflows-mine" / "new").mkdir(parents=True)
    (tmp_path / ".myflows-4712.selinon").write_text("mine")
    emit.prepare("myflows", tmp_path)
    assert len(list(tmp_path.iterdir())) == 5


CHANGES = ("mkdir", "rename", "replace", "rmdir", "unlink", "writev")
"""Functions of `os` by which builds change the disk."""


def ended(act: Callable[[], object], changes: int, names: Iterable[str] = CHANGES) -> bool:
    """Do something in a process that ends by force after so many changes to the disk; return whether it did."""
    child = os.fork()
    if not child:
        try:
            interrupt(changes, lambda: os._exit(9), setattr, names)
            act()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9)
    return status == 9


def interrupt(
    changes: int,
    act: Callable[[], None],
    patch: Callable[..., None],
    names: Iterable[str] = CHANGES,
) -> None:
    """Let something happen in place of one change to the disk, after so many others."""
    number = itertools.count()

    def watched(change: Callable[..., Any]) -> Callable[..., Any]:
        def change_or_act(*arguments: Any, **options: Any) -> Any:
            if next(number) == changes:
                act()
            return change(*arguments, **options)

        return change_or_act

    for name in names:
        patch(os, name, watched(getattr(os, name)))


def write_until(
    package: emit.EmittedPackage, directory: Path, changes: int, names: Iterable[str] = CHANGES
) -> bool:
    """Write in a process that ends by force after so many changes to the disk; return whether it ended so."""
    return ended(lambda: emit.write(package, emit.wheel(package), directory), changes, names)


BEFORE = build("flow1", "both")
AFTER = build("flow2", "both", version="1.0.1")


def state(directory: Path) -> int:
    """Return which of the two packages is there, as a whole and with nothing beside it."""
    assert [entry.name for entry in directory.iterdir() if entry.name.startswith(".")] == []
    [found] = [
        number
        for number, package in enumerate((BEFORE, AFTER))
        if emit.check(package, None, directory) == ()
    ]
    return found


def test_a_build_that_is_killed_leaves_one_of_the_two_packages(tmp_path: Path) -> None:
    """Killed before any of its changes to the disk, a build leaves the earlier package or the new one to the next."""
    left: list[int] = []
    killed = True
    while killed:
        output = tmp_path / str(len(left))
        emit.write(BEFORE, None, output)
        killed = write_until(AFTER, output, len(left))
        emit.prepare("myflows", output)
        left.append(state(output))
    assert left == sorted(left)
    assert set(left) == {0, 1}


@pytest.mark.parametrize("renames", [1, 10, 20])
def test_what_is_put_back_can_be_interrupted(tmp_path: Path, renames: int) -> None:
    """Killed before any of its changes, a build that puts something back leaves the rest of that to the next."""
    killed = True
    for number in itertools.count():
        output = tmp_path / str(number)
        emit.write(BEFORE, None, output)
        assert write_until(AFTER, output, renames, ["rename"])
        killed = ended(lambda output=output: emit.prepare("myflows", output), number)  # type: ignore[misc]
        emit.prepare("myflows", output)
        assert state(output) == 0
        if not killed:
            break
    assert number > 5


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_after_an_error_all_is_as_before(tmp_path: Path, error: type[BaseException]) -> None:
    """Whatever change to the disk fails: packages, wheels, and what else is there; some failures do not matter."""

    def fail() -> None:
        raise error("no more")

    wheels = emit.wheel(BEFORE), emit.wheel(AFTER)
    for number in itertools.count():
        output = tmp_path / str(number)
        emit.write(BEFORE, wheels[0], output)
        (output / wheels[1].file).write_bytes(b"old")
        before = snapshot(output)
        with pytest.MonkeyPatch.context() as patch:
            interrupt(number, fail, patch.setattr)
            try:
                emit.write(AFTER, wheels[1], output)
            except error:
                failed = True
            else:
                failed = False
        if failed and emit.check(AFTER, wheels[1], output) != ():
            assert snapshot(output) == before
            assert state(output) == 0
            continue
        emit.prepare("myflows", output)
        assert state(output) == 1
        if not failed and not [*output.glob(".*")] and number > 200:
            break


def test_unchanged_files_stay_as_they_are(tmp_path: Path) -> None:
    """A build touches what it changes, and what it does not need any more: of a version, directories as well."""
    emit.write(build("flow1"), None, tmp_path)
    file = tmp_path / "myflows" / "v1_0_0" / "flows" / "flow1.py"
    before = file.stat()
    emit.write(build("flow1", "flow2"), None, tmp_path)
    assert file.stat() == before
    emit.write(build("flow1", "flow2", version="1.0.1"), None, tmp_path)
    assert [entry.name for entry in (tmp_path / "myflows").iterdir() if entry.is_dir()] == [
        "v1_0_1"
    ]


def test_a_build_that_was_overtaken_keeps_nothing_stale(tmp_path: Path) -> None:
    """What was read before another build wrote is not what is compared with."""
    emit.write(build("flow1"), None, tmp_path)
    found = emit.read("myflows", tmp_path)
    emit.write(build("flow2"), None, tmp_path)
    emit.write(build("flow1", "flow3"), None, tmp_path, found)
    assert emit.check(build("flow1", "flow3"), None, tmp_path) == ()


def test_what_was_read_of_two_builds_is_read_again(tmp_path: Path) -> None:
    """Where there are no locks, another build may be at work while files are read, and be undone afterwards."""
    emit.write(build("flow1"), None, tmp_path)
    new = build("flow1", "flow2")
    found = emit.read("myflows", tmp_path).files
    file = "v1_0_0/flows/flow2.py"
    emit.write(new, None, tmp_path, Found({**found, file: new.files[file]}))
    assert emit.check(new, None, tmp_path) == ()


def test_more_files_than_a_short_count_tells(tmp_path: Path) -> None:
    """An archive of more than 65,535 entries is one that Python, and so pip, can read."""
    files = {f"f{number}": b"" for number in range(66_000)}
    package = emit.EmittedPackage(name="myflows", version="1.0.0", files=files, digests={})
    with opened(package) as archive:
        assert len(archive.namelist()) == 66_004
        assert archive.read("myflows/f65999") == b""
        assert archive.testzip() is None


def test_links_in_place_of_files_are_replaced_and_not_followed(tmp_path: Path) -> None:
    """A link where an emitted file or the wheel belongs is replaced; what it leads to is not."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    output = tmp_path / "out"
    package = build("flow1")
    wheel = emit.wheel(package)
    emit.write(package, wheel, output)
    for file in (output / "myflows" / "py.typed", output / wheel.file):
        file.unlink()
        file.symlink_to(outside)
    assert set(emit.check(package, wheel, output)) == {"myflows/py.typed", wheel.file}
    emit.write(package, wheel, output)
    assert emit.check(package, wheel, output) == ()
    assert outside.read_bytes() == b"mine"


def test_a_wheel_in_whose_place_is_a_directory_is_refused(tmp_path: Path) -> None:
    """A directory named like the wheel is an error, before anything is written."""
    package = build("flow1")
    wheel = emit.wheel(package)
    (tmp_path / wheel.file).mkdir()
    with pytest.raises(emit.OutputError):
        emit.write(package, wheel, tmp_path)
    assert not (tmp_path / "myflows").exists()


def test_an_error_leaves_the_earlier_build(tmp_path: Path) -> None:
    """When the wheel cannot be put in place, the earlier package stands as before, and no rest."""
    emit.write(build("flow1"), None, tmp_path)
    before = snapshot(tmp_path)
    with pytest.raises(OSError, match="missing"):
        emit.write(build("flow2"), emit.Wheel(file="missing/x.whl", pieces=()), tmp_path)
    assert snapshot(tmp_path) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["myflows"]


def test_an_error_in_the_first_build_leaves_nothing(tmp_path: Path) -> None:
    """The same where no build was before."""
    with pytest.raises(OSError, match="missing"):
        emit.write(build("flow1"), emit.Wheel(file="missing/x.whl", pieces=()), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    """Files can be read and directories entered by all, whatever the umask."""
    previous = os.umask(umask)
    try:
        package = build("flow1")
        emit.write(package, emit.wheel(package), tmp_path / "out" / "deep")
    finally:
        os.umask(previous)
    for entry in (tmp_path / "out").rglob("*"):
        assert entry.stat().st_mode & 0o777 == (0o755 if entry.is_dir() else 0o644)
