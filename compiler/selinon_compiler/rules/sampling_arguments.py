"""SEL807: built-in strategies that do not exist, or are called wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, did_you_mean, rule
from selinon_compiler.language import SamplingDecl
from selinon_compiler.model import System

STRATEGIES = {
    "constant": ("retry",),
    "random": ("start_retry", "max_retry"),
    "linear_increase": ("start_retry", "max_retry", "step"),
    "linear_adapt": ("start_retry", "max_retry", "step"),
    "biexponential_increase": ("start_retry", "max_retry"),
    "biexponential_decrease": ("start_retry", "stop_retry"),
    "biexponential_adapt": ("start_retry", "max_retry"),
}
"""The built-in strategies and their arguments besides the status; all of them are required."""


@rule("SEL807", severity=Severity.ERROR, since="2.0")
def sampling_arguments(system: System) -> Iterator[Finding]:
    """A flow's `sampling` names no built-in strategy, or does not give the strategy the arguments that it takes.

    Unless `import` names another module, strategies are looked up in `selinon.strategies`. Each of their arguments
    must be stated under `args`.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
    flows: [daily]
    flow-definitions:
      - name: daily
        sampling:
          name: constant  # error: SEL807
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
        sampling:
          name: constant
          args:
            retry: 10
        edges:
          - from:
            to: Load
    ```
    """
    for flow in system.flows.values():
        sampling = flow.decl.sampling
        if sampling and sampling.import_ == "selinon.strategies":
            yield from _check(sampling)


def _check(sampling: SamplingDecl) -> Iterator[Finding]:
    name, place = sampling.name.value, sampling.span_of_node(sampling.name)
    taken = STRATEGIES.get(name)
    if taken is None:
        near = did_you_mean(name, STRATEGIES)
        names = ", ".join(f"`{strategy}`" for strategy in STRATEGIES)
        yield Finding(
            place,
            f"`selinon.strategies` has no strategy `{name}`",
            f"a strategy with a similar name exists: `{near}`" if near else f"there are {names}",
        )
        return
    if sampling.args is None and not sampling.intact:
        return  # what is stated is no mapping, which was reported where it was read
    arguments = sampling.args or {}
    missing = ", ".join(f"`{argument}`" for argument in taken if argument not in arguments)
    if missing:
        yield Finding(
            place,
            f"the strategy `{name}` lacks the argument{'s' * (',' in missing)} {missing}",
            f"state {missing} under `args`",
        )
    for argument in arguments:
        if argument not in taken:
            value = sampling.node.value["args"].value[argument]
            near = did_you_mean(argument, taken)
            yield Finding(
                sampling.span_of_node(value.key or value),
                f"the strategy `{name}` takes no argument `{argument}`",
                f"an argument with a similar name exists: `{near}`"
                if near
                else f"it takes {', '.join(f'`{parameter}`' for parameter in taken)}",
            )
