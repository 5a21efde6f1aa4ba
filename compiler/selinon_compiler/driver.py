"""The passes in order, where to stop, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selinon_compiler.diagnostics import Diagnostics
from selinon_compiler.frontend import codes
from selinon_compiler.frontend.binder import S, bind
from selinon_compiler.frontend.files import expand_flow_paths, read_source
from selinon_compiler.frontend.scalars import Meanings
from selinon_compiler.frontend.yaml_reader import compose
from selinon_compiler.language import FlowDecl, FlowFileDecl, NodesFileDecl
from selinon_compiler.model import System
from selinon_compiler.passes.lint import lint
from selinon_compiler.passes.lower import lower, origins
from selinon_compiler.passes.modules import Modules
from selinon_compiler.passes.resolve import resolve
from selinon_compiler.passes.schemas import read_schemas
from selinon_compiler.plan import Origins, Plan
from selinon_compiler.source import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What the files hold: bound, with no name looked up."""

    nodes: NodesFileDecl
    flows: tuple[FlowDecl, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compilation:
    """What came of a configuration; a stage that was not reached is None."""

    diagnostics: Diagnostics
    documents: Documents | None = None
    system: System | None = None
    plan: Plan | None = None
    origins: Origins | None = None


def compile_files(
    nodes: str, flows: Sequence[str], modules: Modules | None = None, *, needed: bool = False
) -> Compilation:
    """Compile a nodes file and flow files or directories of them.

    The plan is there only when no error was found; warnings do not keep it back. With `needed`, the code of users is
    about to be run, and it is an error when it cannot be found.
    """
    diagnostics = Diagnostics()
    documents = bind_files(nodes, flows, diagnostics)
    if documents is None:
        return Compilation(diagnostics=diagnostics)
    unsound = diagnostics.errors
    system = resolve(documents.nodes, documents.flows, (modules or Modules()).find)
    lint(system, diagnostics, needed=needed)
    schemas = read_schemas(system, diagnostics)
    if unsound or diagnostics.errors:
        return Compilation(diagnostics=diagnostics, documents=documents, system=system)
    return Compilation(
        diagnostics=diagnostics,
        documents=documents,
        system=system,
        plan=lower(system, schemas),
        origins=origins(system),
    )


def bind_files(nodes: str, flows: Sequence[str], diagnostics: Diagnostics) -> Documents | None:
    """Read and bind all files; None when there is no nodes file to speak of, or a flow file is missing from view."""
    meanings = Meanings()
    nodes_file = _document(NodesFileDecl, nodes, diagnostics, meanings)
    complete = True
    found: list[FlowDecl] = []
    for path in expand_flow_paths(flows, diagnostics):
        document = _document(FlowFileDecl, path, diagnostics, meanings)
        if document is None:
            complete = False
        else:
            found.extend(document.flow_definitions)
    if nodes_file is None or not complete:
        return None
    return Documents(nodes=nodes_file, flows=tuple(found))


def _document(cls: type[S], path: str, diagnostics: Diagnostics, meanings: Meanings) -> S | None:
    file = read_source(path, diagnostics)
    return None if file is None else bind_source(cls, file, diagnostics, meanings)


def bind_source(
    cls: type[S], file: SourceFile, diagnostics: Diagnostics, meanings: Meanings | None = None
) -> S | None:
    """Bind one file; an empty one is reported."""
    before = diagnostics.errors
    root = compose(file, diagnostics, meanings=meanings)
    if root is None or root.value is None:
        if diagnostics.errors == before:
            diagnostics.report(codes.EMPTY_FILE, file.path, f"`{file.path}` is empty")
        return None
    return bind(cls, file, root, diagnostics, open_top=cls is FlowFileDecl)
