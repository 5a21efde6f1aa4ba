"""The built-in sampling strategies: how long until a flow that waits for its nodes is looked at again.

A strategy is a function of the `status` of a run, as `Status` describes it, and of the arguments that are configured
for the flow. It returns a delay in seconds, or `None` when there is nothing to wait for.
"""

from __future__ import annotations

from selinon.strategies.adaptive import biexponential_adapt, linear_adapt
from selinon.strategies.monotonic import (
    biexponential_decrease,
    biexponential_increase,
    linear_increase,
)
from selinon.strategies.status import Status, StatusNode
from selinon.strategies.steady import constant, random

__all__ = [
    "Status",
    "StatusNode",
    "biexponential_adapt",
    "biexponential_decrease",
    "biexponential_increase",
    "constant",
    "linear_adapt",
    "linear_increase",
    "random",
]
