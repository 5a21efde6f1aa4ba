"""Known differences: what the original did that this project does not, each with a proof for a case at hand.

A difference between two results counts as known only when it is gone once the faults that are named have been mended,
all else being equal: in the original (`original/mended.py`), in what it is given as configuration where it cannot read
the case's own, or in what is looked at. The classes that are named are the least that do it. Each class is an anchor
of `docs/differences.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.conformance import rewriting, views

Request: TypeAlias = Mapping[str, Any]
Result: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """What a class looks at to see whether it can be the reason: the request and the two results."""

    request: Request
    original: Result
    here: Result

    @property
    def flows(self) -> list[dict[str, Any]]:
        """Return the definitions of flows."""
        return rewriting.flows(self.request)

    def ended(self, how: str) -> bool:
        """Return whether an attempt of a flow of the original ended so."""
        return any(end["end"] == how for end in self.original.get("ends", ()))

    def mentions(self, *names: str) -> bool:
        """Return whether the text of the configuration has one of these words."""
        return any(name in self.request["nodes"] + self.request["flows"] for name in names)


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Known:
    """A class of differences.

    `applies` says whether it can be a reason at all. The original is played with the fault `name` mended; before, the
    `request` to it is changed, or the one to this side (`request_here`); then both results are seen through `view`.
    """

    name: str
    applies: Callable[[Seen], bool]
    request: Callable[[Any], Any] = _as_it_is
    request_here: Callable[[Any], Any] = _as_it_is
    view: Callable[[Any], Any] = _as_it_is


@dataclass(frozen=True)
class Refusal:
    """A class of configurations that the original accepts and this project refuses, by the code of the only mistake."""

    name: str
    code: str
    applies: Callable[[Seen], bool]


def _fallbacks_of_one_run(seen: Seen) -> bool:
    runs = [run for run, _, _ in seen.original.get("fallbacks", ())]
    return len(runs) > len(set(runs))


def _nowait_fallback(seen: Seen) -> bool:
    return any(
        set(rewriting.listed(flow.get("nowait"))) & rewriting.fallback_names(flow)
        for flow in seen.flows
    )


def _reads_can_fail(seen: Seen) -> bool:
    return bool(seen.request["table"].get("unreadable")) or seen.mentions("UnconnectedStorage")


def _failing(flow: Mapping[str, Any]) -> set[str]:
    return {name for rule in rewriting.rules(flow) for name in rewriting.listed(rule["nodes"])}


def _flow_has(*keys: str) -> Callable[[Seen], bool]:
    return lambda seen: any(all(flow.get(key) for key in keys) for flow in seen.flows)


# Those that are the only reason most often come first, as one alone is looked for in this order.
KNOWN: tuple[Known, ...] = (
    Known(
        "failure-without-details",
        lambda seen: not any(seen.original.get("reported", {"": 1}).values()),
    ),
    Known("fallbacks-at-once", _fallbacks_of_one_run),
    Known("fallback-nowait", _nowait_fallback),
    Known("steps-in-parts", lambda seen: _reads_can_fail(seen) or seen.ended("failed at once")),
    Known("errors-in-user-code", lambda seen: seen.ended("failed at once")),
    Known("storage-errors", lambda seen: _reads_can_fail(seen) and seen.ended("failed at once")),
    Known("arguments-of-a-retry", _flow_has("node_args_from_first", "max_retry")),
    Known("arguments-from-a-fallback", _flow_has("node_args_from_first")),
    Known(
        "eager-failure-state",
        lambda seen: bool(seen.original.get("eager")),
        view=views.without_state_of_eager,
    ),
    Known(
        "empty-parents",
        lambda seen: seen.mentions("propagate_finished", "propagate_compound_finished"),
        view=views.without_empty_parents,
    ),
    Known(
        "propagate-failure",
        lambda seen: seen.mentions("propagate_failure"),
        request_here=rewriting.without_propagate_failure,
    ),
    Known(
        "single-operand",
        lambda seen: seen.mentions("and:", "or:"),
        request=rewriting.without_single_operands,
    ),
    Known(
        "fallback-true", lambda seen: seen.mentions("fallback"), request=rewriting.without_forgiving
    ),
    Known("failures-mapping", _flow_has("failures"), request=rewriting.with_lists_of_failures),
    Known("failures-repeated", _flow_has("failures"), request=rewriting.without_repeated_failures),
    Known("eager-failures", _flow_has("eager_failures"), request=rewriting.with_eager_aside),
    Known(
        "joined-names",
        lambda seen: any("_" in name for flow in seen.flows for name in _failing(flow)),
        request=rewriting.without_underscores,
        request_here=rewriting.without_underscores,
    ),
    Known("storage-names", lambda seen: seen.mentions("StrictStorage")),
    Known("changed-arguments", lambda seen: seen.mentions("foreach", "predicates_module")),
    Known("strategy-ends-flow", _flow_has("sampling")),
    Known(
        "cache-class",
        lambda seen: seen.mentions("cache:"),
        request=rewriting.without_storage_caches,
    ),
    Known(
        "predicate-signatures",
        lambda seen: seen.mentions("own_predicates"),
        request=rewriting.with_all_arguments,
    ),
    Known("length-predicates", lambda seen: seen.mentions("LenGreaterEqual", "LenLessEqual")),
    Known("selective-subflow", lambda seen: "selective" in seen.request),
    Known("empty-predicates", lambda seen: seen.mentions("empty", "argsEmpty")),
)

REFUSALS: tuple[Refusal, ...] = (
    Refusal("arguments-of-several", "SEL307", lambda seen: _first_edge_has(seen, "foreach")),
    Refusal("arguments-unstored", "SEL307", lambda seen: not _first_edge_has(seen, "foreach")),
    Refusal("propagated-twice", "SEL313", _flow_has("propagate_node_args")),
    Refusal("failure-conditions", "SEL402", _flow_has("failures")),
    Refusal("flow-never-started", "SEL303", _flow_has("edges")),
)


def _first_edge_has(seen: Seen, key: str) -> bool:
    return any(
        not edge["from"] and key in edge
        for flow in seen.flows
        if flow.get("node_args_from_first")
        for edge in flow["edges"]
    )
