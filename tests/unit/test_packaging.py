"""The wheel: what is in it, and that it works without the source tree."""

from __future__ import annotations

import configparser
import email
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from pathlib import Path

import pytest

from selinon.version import VERSION

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the source tree and return its path."""
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (path,) = directory.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    """Return the names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def text_in(wheel: Path, name: str) -> str:
    """Return the text of a file in the metadata folder of the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(f"selinon-{VERSION}.dist-info/{name}").decode()


def metadata(wheel: Path) -> Message:
    """Return the core metadata of the wheel."""
    return email.message_from_string(text_in(wheel, "METADATA"))


def test_version_comes_from_one_place(wheel: Path) -> None:
    """Name and metadata of the wheel carry the version that the runtime names."""
    assert wheel.name == f"selinon-{VERSION}-py3-none-any.whl"
    assert metadata(wheel)["Version"] == VERSION


def test_wheel_holds_three_packages_and_nothing_else(names: frozenset[str]) -> None:
    """The top level is compiler, runtime, templates and the metadata: no tests, no examples."""
    assert {name.split("/")[0] for name in names} == {
        "selinon",
        "selinon_compiler",
        "selinon_templates",
        f"selinon-{VERSION}.dist-info",
    }


@pytest.mark.parametrize(
    "root", ["compiler/selinon_compiler", "runtime/selinon", "templates/selinon_templates"]
)
def test_wheel_holds_every_file_of_a_package(names: frozenset[str], root: str) -> None:
    """Modules, templates, grammars, scripts and type markers: whatever lies in the package is shipped."""
    package = ROOT / root
    expected = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert f"{package.name}/py.typed" in expected
    assert expected - names == set()


def test_entry_points_lead_to_modules_of_the_wheel(wheel: Path, names: frozenset[str]) -> None:
    """Both commands are there, and the modules that they start in are shipped."""
    parser = configparser.ConfigParser()
    parser.read_string(text_in(wheel, "entry_points.txt"))
    commands = dict(parser["console_scripts"])
    assert commands == {
        "selinon-cli": "selinon.cli:main",
        "selinon-compile": "selinon_compiler.__main__:run",
    }
    for target in commands.values():
        module = target.partition(":")[0].replace(".", "/")
        assert {f"{module}.py", f"{module}/__init__.py"} & names


def test_licence_is_shipped(wheel: Path) -> None:
    """The licence's text is in the wheel, and the metadata names the licence."""
    assert text_in(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_text()
    assert metadata(wheel)["License-Expression"] == "MIT"


def test_extras_of_the_manual_exist(wheel: Path) -> None:
    """Every extra that the documentation tells users to install can be installed."""
    extras = metadata(wheel).get_all("Provides-Extra")
    assert extras is not None
    assert set(extras) >= {"celery", "mongodb", "postgresql", "redis", "s3", "sentry"}


def test_extra_all_covers_every_other() -> None:
    """`all` names each extra but itself and the one for development."""
    with (ROOT / "pyproject.toml").open("rb") as stream:
        extras = tomllib.load(stream)["project"]["optional-dependencies"]
    (everything,) = extras["all"]
    named = set(re.fullmatch(r"selinon\[(.*)]", everything)[1].split(","))  # type: ignore[index]  # it matches, or the test fails
    assert named == set(extras) - {"all", "dev"}


def test_wheel_works_without_the_source_tree(wheel: Path, tmp_path: Path) -> None:
    """From the unpacked wheel alone, the runtime is importable and the templates can be read."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "import selinon, selinon_compiler, importlib.metadata, importlib.resources as r\n"
        "from selinon.version import VERSION\n"
        "assert importlib.metadata.version('selinon') == VERSION\n"
        "print(selinon_compiler.__file__)\n"
        "print(*(f.name for f in (r.files('selinon_templates') / 'package').iterdir()))\n"
    )
    # Without the site, so that an editable installation cannot step in for something that is missing.
    outcome = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    origin, templates = outcome.stdout.splitlines()
    assert Path(origin).is_relative_to(tmp_path)
    assert templates.split()
