"""What can run and what must, in flows of any shape, compared with trying it out."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from selinon_compiler.driver import compile_files
from selinon_compiler.model import Flow
from selinon_compiler.model.reach import endless, waits_in_vain

NAMES = "ABCDE"


class Arc(NamedTuple):
    """An edge or a failure, as letters."""

    sources: frozenset[str]
    destinations: frozenset[str]
    sure: bool = True


def arcs(least_sources: int) -> st.SearchStrategy[list[Arc]]:
    """Return a strategy for edges or failures."""
    names = st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=2)
    sources = st.frozensets(st.sampled_from(NAMES), min_size=least_sources, max_size=2)
    return st.lists(st.builds(Arc, sources, names, st.booleans()), max_size=6)


def flow_of(edges: list[Arc], failures: list[Arc]) -> Flow:
    """Return the flow that these make up."""
    tasks = "".join(f"  - {{name: {name}, import: own}}\n" for name in NAMES)
    text = f"tasks:\n{tasks}flows: [f]\nflow-definitions:\n  - name: f\n    edges:\n"
    for arc in edges:
        condition = "" if arc.sure else ", condition: {name: alwaysTrue}"
        text += f"      - {{from: {_listed(arc.sources)}, to: {_listed(arc.destinations)}{condition}}}\n"
    text += "    failures:\n" if failures else ""
    for arc in failures:
        text += f"      - nodes: {_listed(arc.sources)}\n        fallback: {_listed(arc.destinations)}\n"
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "all.yaml"
        path.write_text(text)
        found = compile_files(str(path), [str(path)], check=False)
    assert found.system is not None
    return found.system.flows["f"]


def _listed(names: frozenset[str]) -> str:
    return f"[{', '.join(sorted(names))}]"


def spread(steps: list[Arc], known: frozenset[str]) -> frozenset[str]:
    """Return what is reached by taking steps as long as there are any to take."""
    while True:
        more = known.union(*(arc.destinations for arc in steps if arc.sources <= known))
        if more == known:
            return known
        known = more


@settings(max_examples=150, deadline=None)
@given(arcs(0).filter(bool), arcs(1))
def test_what_waits_in_vain(edges: list[Arc], failures: list[Arc]) -> None:
    """Exactly the names that are waited for and never reached are found, each in one group."""
    flow = flow_of(edges, failures)
    steps = edges + failures
    started = frozenset[str]().union(*(arc.destinations for arc in steps))
    awaited = frozenset[str]().union(*(arc.sources for arc in steps))
    found = [use.name for group in waits_in_vain(flow) for use in group]
    assert len(found) == len(set(found))
    if all(arc.sources for arc in edges):
        assert found == []
    else:
        assert set(found) == awaited - spread(steps, awaited - started)


@settings(max_examples=150, deadline=None)
@given(arcs(0).filter(bool))
def test_what_never_ends(edges: list[Arc]) -> None:
    """A cycle is found just when the nodes that surely run set one another off again and again."""
    flow = flow_of(edges, [])
    sure = [arc for arc in edges if arc.sure]
    reached = spread(sure, frozenset())
    onward = {
        (source, destination)
        for arc in sure
        if arc.sources <= reached
        for source in arc.sources
        for destination in arc.destinations
    }
    for _ in NAMES:
        onward |= {(a, d) for a, b in onward for c, d in onward if b == c}
    cycle = [use.name for use in endless(flow)]
    assert bool(cycle) == any((name, name) in onward for name in NAMES)
    assert set(cycle) <= reached
    assert all(
        any(arc.sources >= {name} and arc.destinations >= {after} for arc in sure)
        for name, after in zip(cycle, cycle[1:] + cycle[:1], strict=True)
    )
