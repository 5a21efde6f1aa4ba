"""The page about operating workers keeps in step with what can be set, and with what the commands take."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from click.testing import CliRunner

from selinon.cli import group
from selinon.worker.logs import PLACES
from selinon.worker.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_settings() -> None:
    """The table has every setting, in order; a default is that of the code, or says where else it comes from."""
    rows = re.findall(r"^\| `selinon_(\w+)` \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
    fields = dataclasses.fields(Settings)
    assert [name for name, _, _ in rows] == [field.name for field in fields]
    for field, (_, default, _) in zip(fields, rows, strict=True):
        if field.default is not None:
            assert default.strip("`").split()[-1] == str(field.default).removesuffix(".0")


def test_commands() -> None:
    """Each command is called with options that it has."""
    lines = [line for line in re.findall(r"^\$ .*$", PAGE, re.MULTILINE) if "selinon-cli" in line]
    assert len(lines) == 6
    for line in lines:
        _, _, call = line.partition("selinon-cli ")
        words = call.split()
        told = CliRunner().invoke(group, [*words[:2], "--help"]).output
        for option in words[2:]:
            if option.startswith("-"):
                assert option in told, line


def test_attributes_of_records() -> None:
    """The attributes of log records are those that records get."""
    assert all(f"`{name}`" in PAGE for name in PLACES)
