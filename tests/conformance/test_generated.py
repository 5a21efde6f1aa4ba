"""A sample of the applications that `make conformance` makes up, and that planted faults are found by them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance import here
from tests.conformance.generate import application_of
from tests.conformance.judging import judge
from tests.conformance.original.client import Original
from tests.conformance.report import Tally, described

from selinon.engine import step, work
from selinon.engine.fallback import candidates
from selinon.engine.joins import combinations

SAMPLE = range(100)


@pytest.mark.slow
def test_sample(original: Original, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever differs from the original is known to differ."""
    tally = Tally()
    for seed in SAMPLE:
        tally.add(judge(application_of(seed), original.play, here.play))
    with capsys.disabled():
        print("", *tally.lines(), sep="\n")
    assert not tally.unexplained, "\n".join(map(described, tally.unexplained))


def test_an_application_follows_from_its_seed() -> None:
    """The same seed gives the same application, another one another."""
    assert application_of(7) == application_of(7)
    assert application_of(7)["flows"] != application_of(8)["flows"]


def test_applications_have_all_constructs() -> None:
    """What the sample is made of is what the language has."""
    text = "".join(application_of(seed)["flows"] for seed in SAMPLE)
    for construct in (
        "condition",
        "foreach",
        "propagate_result",
        "failures",
        "nowait",
        "eager_failures",
        "node_args_from_first",
        "max_retry",
        "propagate_parent",
        "propagate_node_args",
        "propagate_finished",
        "propagate_compound_finished",
        "propagate_failure",
        "sub3",
    ):
        assert construct in text, construct


def _all_but_last(*arguments: Any) -> list[tuple[str, ...]]:
    found = list(combinations(*arguments))
    return found[:-1] if len(found) > 1 else found


FAULTS = {
    "a combination is lost": (step, "combinations", _all_but_last),
    "inner flows are forgotten": (step, "nested", lambda tree: {"inner": dict(tree.tasks)}),
    "rules are tried the other way round": (
        step,
        "candidates",
        lambda rules, failed: candidates(rules, failed)[::-1],
    ),
    "the arguments of a flow are never handed down": (
        work,
        "covers",
        lambda flag, name: flag is True and name in ("A", "B", "C"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_not_explained_away(
    fault: str, original: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a fault planted in this engine, some application differs in a way that nothing accounts for."""
    monkeypatch.setattr(*FAULTS[fault])
    verdicts = (judge(application_of(seed), original.play, here.play) for seed in range(200))
    assert any(verdict.unexplained for verdict in verdicts)
