"""The sections of a flow file."""

from __future__ import annotations

from selinon_compiler.frontend.nodes import Scalar
from selinon_compiler.language.conditions import CONDITION, ConditionDecl
from selinon_compiler.language.kinds import COUNT, SWITCH, many, one
from selinon_compiler.language.names import (
    CHOSEN,
    DESTINATIONS,
    FALLBACK,
    IDENTIFIER,
    LISTED,
    MODULE,
    NAME,
    NAMES,
    SOURCES,
    SWITCH_OR_LIST,
)
from selinon_compiler.language.shared import CacheDecl, SamplingDecl, ThrottlingDecl
from selinon_compiler.language.table import Section, key, section
from selinon_compiler.language.templates import TEMPLATE

Labels = tuple[Scalar, ...]


@section("foreach")
class ForeachDecl(Section):
    """A function that is called with the results of the sources and the flow's arguments; it returns the items
    for each of which the destinations start.
    """

    import_: str = key(MODULE, doc="Module of the function.")
    function: str = key(IDENTIFIER, doc="Name of the function.")
    propagate_result: bool = key(
        SWITCH,
        default=False,
        doc="Start sub-flows with the item as arguments; every destination must be a flow.",
    )


@section("selective")
class SelectiveDecl(Section):
    """A selective run of the sub-flow to which the edge leads."""

    tasks: Labels = key(LISTED, doc="Tasks that the sub-flow is to run, with what leads to them.")
    run_subsequent: bool | Labels = key(
        SWITCH_OR_LIST,
        default=False,
        doc="Run what depends on these tasks, too; in all flows or in those named.",
    )
    follow_subflows: bool = key(SWITCH, default=False, doc="Look for the tasks in sub-flows, too.")


@section("edges[]")
class EdgeDecl(Section):
    """A dependency: once all sources have finished and the condition holds, the destinations start.

    When a source has finished several times, the edge fires for each combination of finished sources, once.
    """

    from_: Labels = key(
        SOURCES,
        nullable=False,
        doc="Sources. Without any, the edge starts the flow; the key must be there.",
    )
    to: Labels = key(DESTINATIONS, doc="Destinations; a name given twice is started twice.")
    condition: ConditionDecl | None = key(
        CONDITION, default=None, nullable=False, doc="When to fire; always, when not given."
    )
    foreach: ForeachDecl | None = key(
        one(ForeachDecl),
        default=None,
        nullable=False,
        doc="Start the destinations once per item that a function returns.",
    )
    propagate_result: bool = key(
        SWITCH,
        default=False,
        doc="Give the result of the only source to the destinations, as their arguments.",
    )
    selective: SelectiveDecl | None = key(
        one(SelectiveDecl, empty=True), default=None, doc="Run only a part of the sub-flow."
    )


@section("failures[]")
class FailureDecl(Section):
    """What to do when nodes fail: once nothing is active, the rule that covers most failed nodes is applied."""

    nodes: Labels = key(DESTINATIONS, doc="The nodes that must all have failed.")
    fallback: Labels = key(FALLBACK, doc="What to start instead; `true` forgives the failure.")
    condition: ConditionDecl | None = key(
        CONDITION,
        default=None,
        nullable=False,
        doc="When to apply the rule; it cannot look at results.",
    )
    propagate_failure: bool = key(
        SWITCH,
        default=False,
        doc="Run the fallback, and let the flow fail in the end nevertheless.",
    )


@section("flow-definitions[]")
class FlowDecl(Section):
    """A flow: tasks and other flows, joined by edges."""

    name: Scalar = key(NAME, doc="Name of the flow; it must be listed under `flows`.")
    edges: tuple[EdgeDecl, ...] = key(many(EdgeDecl, empty=False), doc="The edges.")
    failures: tuple[FailureDecl, ...] = key(
        many(FailureDecl, sugar=True),
        default=(),
        doc="What to do when nodes fail. A single rule needs no list.",
    )
    nowait: Labels = key(
        NAMES,
        default=(),
        doc="Nodes that are started, but not waited for; their failure goes unseen.",
    )
    eager_failures: bool | Labels = key(
        CHOSEN, default=(), doc="Nodes whose failure fails the flow at once; `true` for all."
    )
    node_args_from_first: bool = key(
        SWITCH,
        default=False,
        doc="Replace the flow's arguments by the result of the task that starts it.",
    )
    propagate_node_args: bool | Labels = key(
        CHOSEN, default=False, doc="Sub-flows that get the flow's arguments; `true` for all."
    )
    propagate_parent: bool | Labels = key(
        CHOSEN,
        default=False,
        doc="Sub-flows whose first tasks get the parents of the sub-flow; `true` for all.",
    )
    propagate_finished: bool | Labels = key(
        CHOSEN,
        default=False,
        doc="Sub-flows whose finished tasks are shown to those that come after; `true` for all.",
    )
    propagate_compound_finished: bool | Labels = key(
        CHOSEN, default=False, doc="The same, with the tasks of all depths in one mapping."
    )
    propagate_failures: bool | Labels = key(
        CHOSEN,
        default=False,
        doc="Sub-flows whose failed tasks are shown to their fallbacks.",
    )
    propagate_compound_failures: bool | Labels = key(
        CHOSEN,
        default=False,
        doc="The same, with the tasks of all depths in one mapping.",
    )
    propagate_parent_failures: bool | Labels = key(
        CHOSEN,
        default=False,
        doc="Fallback flows whose first tasks get what failed.",
    )
    queue: str | None = key(
        TEMPLATE, default=None, doc="Queue of the messages that move the flow on."
    )
    max_retry: int = key(COUNT, default=0, doc="How often a failed flow is started again.")
    retry_countdown: int = key(
        COUNT, default=0, doc="Seconds before a failed flow is started again."
    )
    sampling: SamplingDecl | None = key(
        one(SamplingDecl, empty=True), default=None, doc="How often to look at a flow that waits."
    )
    throttling: ThrottlingDecl | None = key(
        one(ThrottlingDecl), default=None, doc="Least time between two starts of the flow."
    )
    cache: CacheDecl | None = key(
        one(CacheDecl), default=None, nullable=False, doc="Cache of the states of the flow's nodes."
    )


@section("flow file")
class FlowFileDecl(Section):
    """A file of flows; other keys at its top are left to other programs."""

    flow_definitions: tuple[FlowDecl, ...] = key(
        many(FlowDecl), name="flow-definitions", nullable=False, doc="The flows."
    )
