"""See the docstring of the rule."""

from __future__ import annotations

from collections.abc import Iterator

from selinon_compiler.diagnostics import Finding, Severity, did_you_mean, rule
from selinon_compiler.model import Call, Edge, Failure, NodeKind, System


@rule("SEL409", severity=Severity.ERROR, since="2.0")
def no_task_of_subflow(system: System) -> Iterator[Finding]:
    """A condition names a task that is none of the sub-flow it looks into.

    `task` says which task of a sub-flow the predicate looks at. So `node`, or the only source of the edge, has to be a
    flow, and the task one that an edge or a fallback of that flow starts.

    ## Example
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memory
      - name: Send
        import: myapp.tasks
    storages:
      - name: Memory
        import: selinon.storages.memory
        classname: InMemoryStorage
    flows: [daily, fetch]
    flow-definitions:
      - name: fetch
        edges:
          - from:
            to: Load
      - name: daily
        edges:
          - from:
            to: fetch
          - from: fetch
            to: Send
            condition:
              name: fieldExist
              node: fetch
              task: Lod  # error: SEL409
              args:
                key: address
    ```

    ## Instead
    ```yaml
    tasks:
      - name: Load
        import: myapp.tasks
        storage: Memory
      - name: Send
        import: myapp.tasks
    storages:
      - name: Memory
        import: selinon.storages.memory
        classname: InMemoryStorage
    flows: [daily, fetch]
    flow-definitions:
      - name: fetch
        edges:
          - from:
            to: Load
      - name: daily
        edges:
          - from:
            to: fetch
          - from: fetch
            to: Send
            condition:
              name: fieldExist
              node: fetch
              task: Load
              quantifier: any
              args:
                key: address
    ```
    """
    for _, owner, call in system.calls:
        if call.task is None and call.quantifier is None:
            continue
        problem = _problem(system, owner, call)
        if problem:
            message, help = problem
            place = call.decl.span_of_node(call.decl.task) if call.decl.task else None
            yield Finding(place or call.decl.span_of("quantifier"), message, help)


def _problem(system: System, owner: Edge | Failure, call: Call) -> tuple[str, str | None] | None:
    """Return what is wrong with a look into a sub-flow, and the cure."""
    if call.task is None:
        return "`quantifier` chooses among the results of a `task`, which is not stated", None
    sources = owner.sources if isinstance(owner, Edge) else ()
    source = next((use for use in sources if use.name == call.source), None)
    if source is None:
        return None  # a source that is not one is another mistake
    if source.kind is NodeKind.TASK:
        return f"`{source.name}` is a task, and has no tasks in it", "drop `task`"
    flow = system.flows.get(source.name)
    if flow is None or flow.unknown:
        return None
    used = flow.started.get(call.task)
    if used is None:
        near = did_you_mean(call.task, flow.started)
        help = f"a task with a similar name is run there: `{near}`" if near else None
        return f"flow `{flow.name}` runs no task `{call.task}`", help
    if used.kind is NodeKind.FLOW:
        return f"`{call.task}` in flow `{flow.name}` is a flow, not a task", None
    return None
