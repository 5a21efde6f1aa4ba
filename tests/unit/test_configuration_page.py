"""The page about configuring: its examples, run from top to bottom as one program."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from selinon import Config, in_use, registry

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
COMMANDS = {"selinon-cli": "selinon.cli", "selinon-compile": "selinon_compiler.cli"}


def test_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files are written, commands called and Python run in the order of the page; shown output is what comes out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_CURRENT", [])
    monkeypatch.setattr(in_use, "_WAITING", [])
    monkeypatch.setenv("DEPLOYMENT", "test")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path / "dist"))
    for name in ("shop", "shop_flows"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    program: dict[str, Any] = {}
    kinds = set()
    for kind, file, text in BLOCKS:
        kinds.add(kind)
        if file:
            Path(file).parent.mkdir(exist_ok=True)
            Path(file).write_text(text)
        elif kind == "python":
            exec(text, program)
        elif kind == "console":
            call(text, monkeypatch)
            importlib.invalidate_caches()
        else:
            assert text in capsys.readouterr().out
    assert kinds == {"console", "python", "text", "yaml"}
    assert Config.is_flow("order")
    assert len(registry.current().tracer.sinks) == 3


def call(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the commands of a console, and compare what it shows of their output."""
    for line, output in re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", text, re.M):
        words = line.split()
        if words[0] == "export":
            for word in words[1:]:
                monkeypatch.setenv(*word.split("="))
            continue
        variables = dict(word.split("=") for word in words if word.startswith("SELINON_"))
        command, *arguments = words[len(variables) :]
        done = subprocess.run(
            [sys.executable, "-c", f"from {COMMANDS[command]} import main; main()", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        if output:
            assert done.stdout == output
