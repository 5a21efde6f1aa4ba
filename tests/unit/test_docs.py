"""The pages of `docs/`: those that come from the code are up to date, and what all of them say can be found."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from selinon.trace.events import EVENTS
from selinon_compiler import docs
from selinon_compiler.diagnostics import RULES
from selinon_compiler.language import SECTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGES = docs.pages()
WRITTEN = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "examples" / "README.md",
]

CODE_FOLDERS = ("compiler/selinon_compiler", "runtime/selinon", "templates/selinon_templates")
"""Where names of files in the architecture page start, besides the root of the checkout."""


def anchors(text: str) -> set[str]:
    """Return the anchors of a Markdown page: those of its headings, and those that it states itself."""
    stated = set(re.findall(r'<a id="([^"]+)"', text))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return stated | {
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES)
def test_page_is_up_to_date(page: str) -> None:
    """The page in the repository is what `make docs` writes."""
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == PAGES[page], "run `make docs`"


def test_pages_say_where_they_come_from() -> None:
    """Each generated page tells its readers not to edit it; a schema does so in a comment."""
    for path, text in PAGES.items():
        if path.endswith(".json"):
            assert "not to be edited" in json.loads(text)["$comment"]
        else:
            assert "make docs" in text.splitlines()[0]


def test_check_and_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` names the stale pages and ends with status 1, without it they are written; then all is well."""
    arguments = ["--directory", str(tmp_path)]
    docs.main(arguments)
    docs.main([*arguments, "--check"])
    (tmp_path / "rules.md").write_text("stale")
    (tmp_path / "schemas" / "flows.json").unlink()
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        docs.main([*arguments, "--check"])
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert re.findall(r"(\w+\.\w+) is not up to date", told) == ["rules.md", "flows.json"]
    assert (tmp_path / "rules.md").read_text() == "stale"
    docs.main(arguments)
    assert (tmp_path / "rules.md").read_text(encoding="utf-8") == PAGES["rules.md"]
    docs.main([*arguments, "--check"])


def test_a_missing_directory_is_wrong_usage(tmp_path: Path) -> None:
    """Where there is no such directory nothing is written; the status is that of wrong usage."""
    with pytest.raises(SystemExit) as ended:
        docs.main(["--directory", str(tmp_path / "docs")])
    assert ended.value.code == 2
    assert list(tmp_path.iterdir()) == []


def test_every_rule_is_on_its_page() -> None:
    """Each code that is declared anywhere in the compiler has a row in the table, an anchor and an explanation."""
    declared = {
        code
        for path in (ROOT / "compiler").rglob("*.py")
        for code in re.findall(r'(?:declare|@rule)\(\s*"(SEL\d{3})"', path.read_text("utf-8"))
    }
    page = PAGES["rules.md"]
    assert declared == set(RULES)
    assert declared == set(re.findall(r"^\| \[(SEL\d{3})\]\(#sel\d{3}\)", page, re.MULTILINE))
    assert {code.lower() for code in declared} == set(re.findall(r'<a id="(sel\d{3})"', page))
    assert all(
        rule.title.rstrip(".") in page and rule.explanation in page.replace("\n#### ", "\n## ")
        for rule in RULES.values()
    )


def test_every_key_is_in_the_reference() -> None:
    """Below the heading of each section stand all its keys, with their other spellings."""
    parts = re.split(r"^## `(.+)`$", PAGES["reference.md"], flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert set(sections) == set(SECTIONS)
    for path, cls in SECTIONS.items():
        rows = re.findall(r"^\| (`.+?) \|", sections[path], re.MULTILINE)
        assert [re.findall(r"`([^`]+)`", row) for row in rows] == [
            [key.name, *key.spellings] for key in cls.keys
        ]


def test_reference_marks_what_is_special() -> None:
    """Required keys, and those that cannot be left empty, are told from the others."""
    rows = {
        line.split(" | ")[0].strip("|` "): line
        for line in PAGES["reference.md"].splitlines()
        if line.startswith("| `")
    }
    assert " | required | " in rows["to"]
    assert rows["condition"].endswith("It needs a value. |")
    assert not rows["nowait"].endswith("It needs a value. |")


def test_events_that_are_not_emitted() -> None:
    """The trace page says of exactly those events that they are not emitted which no code of the runtime makes."""
    classes = {kind.__name__: kind for kind in EVENTS}
    made: set[str] = set()
    for path in (ROOT / "runtime").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                made |= _names(node.func)
            elif isinstance(node, ast.IfExp):  # a class is chosen first, and called afterwards
                made |= _names(node.body) | _names(node.orelse)
    unmade = [kind.wire_name() for name, kind in classes.items() if name not in made]
    assert sorted(docs.NOT_EMITTED) == sorted(unmade)


def _names(node: ast.expr) -> set[str]:
    return {node.id} if isinstance(node, ast.Name) else set()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every link within the repository names a file that is there, and an anchor that this file has."""
    text = path.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)", text):
        file = path.parent / target if target else path
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{target}#{anchor}"


def test_architecture_names_what_there_is() -> None:
    """Each path that the architecture page names exists, in the checkout or in one of the packages."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = re.findall(r"`([\w/]+(?:/|\.(?:py|md)))`", text)
    assert len(paths) > 20
    roots = [ROOT, *(ROOT / folder for folder in CODE_FOLDERS)]
    assert [path for path in paths if not any((root / path).exists() for root in roots)] == []


def test_architecture_names_modules_there_are() -> None:
    """Each dotted name that begins with a part of the compiler or of the runtime is a module or something in one."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    missing = []
    for name in re.findall(r"`((?:[a-z_]+\.)+\w+)(?:\([^`]*)?`", text):
        first, *rest = name.removeprefix("selinon_compiler.").removeprefix("selinon.").split(".")
        places = [
            ROOT / folder / first
            for folder in CODE_FOLDERS
            if (ROOT / folder / first).is_dir() or (ROOT / folder / f"{first}.py").is_file()
        ]
        if places and not any(_defines(place, rest) for place in places):
            missing.append(name)
    assert missing == []


def _defines(place: Path, names: list[str]) -> bool:
    """Tell whether a package or module has a member of this dotted name, as far as its text shows."""
    for index, name in enumerate(names):
        if (place / name).is_dir() or (place / f"{name}.py").is_file():
            place = place / name
            continue
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        text = file.read_text(encoding="utf-8")
        return all(re.search(rf"\b{part}\b", text) for part in names[index:])
    return True
