"""Cases written by hand: both systems do the same, or differ in just the known ways that a case is there to show."""

from __future__ import annotations

import pytest
from tests.conformance import here
from tests.conformance.case import Case, cases
from tests.conformance.judging import judge
from tests.conformance.known import KNOWN, REFUSALS
from tests.conformance.original.client import Original

REFUSED = {refusal.name for refusal in REFUSALS}

CASES = [case for case in cases() if case.needs <= here.FEATURES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, original: Original) -> None:
    """In all orders in which a case is played, there are no differences but those of its classes, and all of these."""
    verdicts = [judge(request, original.play, here.play) for request in case.requests]
    assert [line for verdict in verdicts for line in verdict.unexplained] == []
    assert {name for verdict in verdicts for name in verdict.classes} == set(case.classes)


def test_every_known_difference_is_shown_by_a_case() -> None:
    """Each class is named by a case, and no case names another."""
    shown = {name for case in CASES for name in case.classes}
    assert shown == {known.name for known in KNOWN} | REFUSED


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_runs_tasks_here(case: Case) -> None:
    """A case is not empty: its configuration is accepted and tasks are executed, unless it is there to be refused."""
    played = here.play(case.requests[0])
    if set(case.classes) & REFUSED or case.name == "selective_no_path":
        assert played["status"] == "refused"
    else:
        assert played["status"] == "ended"
        assert played["executions"] or case.name == "nothing_starts"
