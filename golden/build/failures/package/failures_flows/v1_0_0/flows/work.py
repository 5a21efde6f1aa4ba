"""Flow work."""

from typing import Any

from selinon.abi import EdgeSpec, FailureSpec, FlowSpec, Predicate, Results

p_argsFieldEqual = Predicate("selinon.predicates", "argsFieldEqual")


def failure_condition_1(results: Results, node_args: Any) -> bool:
    """Condition of failure 1: (not argsFieldEqual(key='mode', value='loud'))."""
    return bool(not p_argsFieldEqual(node_args=node_args, key="mode", value="loud"))


def failure_condition_2(results: Results, node_args: Any) -> bool:
    """Condition of failure 2: argsFieldEqual(key='mode', value='loud')."""
    return bool(p_argsFieldEqual(node_args=node_args, key="mode", value="loud"))


FLOW = FlowSpec(
    name="work",
    fingerprint="8cbf8c93d7cdcbc8bd37c28a968a61e0b5e863d0f436555db0fe5ee854261b74",
    edges=(
        EdgeSpec(
            key="e1aa2670c062",
            sources=(),
            destinations=("First", "Second", "Watch"),
        ),
        EdgeSpec(
            key="3a131bf3450b",
            sources=("First",),
            destinations=("After",),
        ),
        EdgeSpec(
            key="68b2a1386aab",
            sources=("Mend",),
            destinations=("After",),
        ),
    ),
    failures=(
        FailureSpec(
            key="!cdfdd253af7f",
            nodes=("First", "Second"),
            fallback=("MendBoth",),
        ),
        FailureSpec(
            key="!8ef37a8efc56",
            nodes=("First",),
            fallback=("Mend",),
            condition=failure_condition_1,
            condition_text="(not argsFieldEqual(key='mode', value='loud'))",
        ),
        FailureSpec(
            key="!8d2dde313445",
            nodes=("First",),
            fallback=("MendLoudly",),
            condition=failure_condition_2,
            condition_text="argsFieldEqual(key='mode', value='loud')",
            propagate_failure=True,
        ),
        FailureSpec(
            key="!e07c8f50ef4a",
            nodes=("Second",),
            fallback=(),
        ),
    ),
    nowait=("Watch",),
)
