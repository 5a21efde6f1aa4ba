"""Flow chain."""

from selinon.abi import CacheSpec, EdgeSpec, FlowSpec, Reference, StrategySpec

FLOW = FlowSpec(
    name="chain",
    fingerprint="17b6c606a8d9ecedef648e65729058ea9286965d9ced3588fa88656c84010c69",
    edges=(
        EdgeSpec(
            key="89c8f96ac8c5",
            sources=(),
            destinations=("Fetch",),
        ),
        EdgeSpec(
            key="cc0e47905280",
            sources=("Fetch",),
            destinations=("Count",),
        ),
        EdgeSpec(
            key="2681658829aa",
            sources=("Count",),
            destinations=("Report",),
        ),
    ),
    queue="chain",
    max_retry=1,
    retry_countdown=5,
    sampling=StrategySpec(
        function=Reference("selinon.strategies", "constant"),
        arguments={"retry": 3},
    ),
    cache=CacheSpec(
        cache=Reference("selinon.caches", "LRU"),
        configuration={"max_cache_size": 0},
    ),
)
