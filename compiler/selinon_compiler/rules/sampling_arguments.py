"""SEL807: strategies that do not exist, or are called wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, did_you_mean, not_meant, rule
from selinon_compiler.language import SamplingDecl
from selinon_compiler.model import Kind, Problem, Signature, System
from selinon_compiler.model.references import misread, strategies

BUILT_IN = "selinon.strategies"
STATUS = "status"
"""The parameter of a strategy that gets its value when a flow is looked at."""


@rule("SEL807", severity=Severity.ERROR, since="2.0")
def sampling_arguments(system: System) -> Iterator[Finding]:
    """A flow's `sampling` names no built-in strategy, or does not give the strategy the arguments that it takes.

    Unless `import` names another module, strategies are looked up in `selinon.strategies`. A strategy has a parameter
    `status`, which gets the status of the flow; each other one without a default must be stated under `args`, and
    nothing else may be. Strategies of one's own are held to the same where their definition can be found.

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
    for sampling, found in strategies(system):
        name, place = sampling.name.value, sampling.span_of_node(sampling.name)
        if isinstance(found, Problem):
            if sampling.import_ == BUILT_IN:
                near = did_you_mean(name, found.candidates)
                yield Finding(
                    place,
                    f"`{BUILT_IN}` has no strategy `{name}`",
                    f"a strategy with a similar name exists: `{near}`" if near else None,
                )
        elif found.signature is not None and found.kind is Kind.FUNCTION:
            yield from _missing(sampling, found.signature)
            yield from _unexpected(sampling, found.signature)


def _missing(sampling: SamplingDecl, signature: Signature) -> Iterator[Finding]:
    name, place = sampling.name.value, sampling.span_of_node(sampling.name)
    if not signature.takes(STATUS) and not signature.open:
        yield Finding(
            place,
            f"the strategy `{name}` does not take the status of the flow",
            f"give it a parameter `{STATUS}`",
        )
    if misread(sampling, "args"):
        return
    arguments = {STATUS, *(sampling.args or {})}
    missing = [one for one in signature.required if one not in arguments]
    if not signature.open:
        missing = not_meant(missing, [one for one in arguments if not signature.takes(one)])
    if missing:
        names = ", ".join(f"`{one}`" for one in missing)
        yield Finding(
            place,
            f"the strategy `{name}` lacks the argument{'s' * (len(missing) > 1)} {names}",
            f"state {names} under `args`",
        )


def _unexpected(sampling: SamplingDecl, signature: Signature) -> Iterator[Finding]:
    name = sampling.name.value
    taken = [one for one in signature.names if one != STATUS]
    for argument in sampling.args or {}:
        if argument in taken or (signature.open and argument != STATUS):
            continue
        value = sampling.node.value["args"].value[argument]
        near = did_you_mean(argument, taken)
        known = ", ".join(f"`{one}`" for one in taken) or "none"
        if argument == STATUS:
            message = f"the argument `{STATUS}` of the strategy `{name}` cannot be stated"
            help = "remove it; it gets its value when the flow is looked at"
        else:
            message = f"the strategy `{name}` takes no argument `{argument}`"
            help = (
                f"an argument with a similar name exists: `{near}`" if near else f"it takes {known}"
            )
        yield Finding(sampling.span_of_node(value.key or value), message, help)
