"""SEL809: built-in caches that do not exist, or cannot be made."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, did_you_mean, rule
from selinon_compiler.language import CacheDecl
from selinon_compiler.model import Flow, Storage, System, Task
from selinon_compiler.model.references import misread
from selinon_compiler.source import Span

CACHES = ("FIFO", "LIFO", "LRU", "MRU", "RR")
SIZES = ("max_cache_size", "size")
"""The option of the built-in caches and its other name."""


@rule("SEL809", severity=Severity.ERROR, since="2.0")
def unknown_cache(system: System) -> Iterator[Finding]:
    """A cache is not one of the built-in ones, or has a configuration that these do not take.

    Unless `import` names another module, caches are looked up in `selinon.caches`. Their only option is
    `max_cache_size`, or `size` for short: how many items they hold.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        cache:
          name: LFU  # error: SEL809
        edges:
          - from:
            to: Load
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        cache:
          name: LRU
          configuration:
            max_cache_size: 100
        edges:
          - from:
            to: Load
    ```
    """
    owners: list[Task | Storage | Flow] = [
        *system.tasks.values(),
        *system.storages.values(),
        *system.flows.values(),
    ]
    for owner in owners:
        cache = owner.decl.cache
        if cache and cache.import_ == "selinon.caches" and not misread(cache, "import"):
            yield from _check_name(cache)
            yield from _check_options(cache)


def _check_name(cache: CacheDecl) -> Iterator[Finding]:
    if cache.name is None or cache.name.value in CACHES:
        return
    near = did_you_mean(cache.name.value, CACHES)
    names = ", ".join(f"`{name}`" for name in CACHES)
    yield Finding(
        cache.span_of_node(cache.name),
        f"`selinon.caches` has no cache `{cache.name.value}`",
        f"a cache with a similar name exists: `{near}`" if near else f"there are {names}",
    )


def _check_options(cache: CacheDecl) -> Iterator[Finding]:
    options = cache.configuration or {}
    for option, value in options.items():
        if option not in SIZES:
            yield Finding(
                _option_span(cache, option),
                f"the built-in caches take no option `{option}`",
                "they take `max_cache_size` only",
            )
        elif value is not None and (type(value) is not int or value < 0):
            yield Finding(
                cache.span_of_node(cache.node.value["configuration"].value[option]),
                f"the `{option}` of a cache is not a whole number, or is negative",
                "state how many items the cache may hold; 0 turns it off",
            )
    if all(options.get(option) is not None for option in SIZES):
        yield Finding(
            _option_span(cache, "size"),
            "the size of a cache is stated twice",
            "keep `max_cache_size`, and drop `size`",
        )


def _option_span(cache: CacheDecl, option: str) -> Span:
    value = cache.node.value["configuration"].value[option]
    return cache.span_of_node(value.key or value)
