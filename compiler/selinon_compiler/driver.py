"""The passes in order, where to stop, and what comes out."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from selinon.record import Record, Remembering, made_by
from selinon_compiler.diagnostics import Diagnostics
from selinon_compiler.frontend import codes
from selinon_compiler.frontend.binder import FLOW_FILE, Losses, S, bind
from selinon_compiler.frontend.files import expand_flow_paths, read_source
from selinon_compiler.frontend.nodes import Node
from selinon_compiler.frontend.scalars import Meanings
from selinon_compiler.frontend.yaml_reader import compose
from selinon_compiler.language import FlowDecl, FlowFileDecl, NodesFileDecl
from selinon_compiler.model import System
from selinon_compiler.passes.environment import check_environment
from selinon_compiler.passes.lint import lint
from selinon_compiler.passes.modules import Modules
from selinon_compiler.passes.resolve import resolve
from selinon_compiler.passes.schemas import read_schemas
from selinon_compiler.source import SourceFile

if TYPE_CHECKING:
    from selinon_compiler.plan import Origins, Plan

_NOTHING = re.compile(r"(?:\s++|#[^\r\n]*+|---|\.\.\.)*+")
"""The text of a file without a document."""


class Documents(Record):
    """What the files hold: bound, with no name looked up.

    `losses` are the parts that could not be read and are left out, see `frontend.binder.Losses`.
    """

    nodes: NodesFileDecl
    flows: tuple[FlowDecl, ...]
    losses: frozenset[str]


class Compilation(Remembering, Record):
    """What came of a configuration; a stage that was not reached is None.

    Only what is emitted or shown needs the plan, so it is made when it is asked for.
    """

    diagnostics: Diagnostics
    documents: Documents | None = None
    system: System | None = None
    schemas: Mapping[str, str] = made_by(default_factory=dict)

    @cached_property
    def plan(self) -> Plan | None:
        """Return the lowered form; None when there are errors."""
        if self.system is None or self.diagnostics.errors:
            return None
        from selinon_compiler.passes.lower import lower

        return lower(self.system, self.schemas)

    @cached_property
    def origins(self) -> Origins | None:
        """Return where the parts of the plan are written; None when there are errors."""
        if self.system is None or self.diagnostics.errors:
            return None
        from selinon_compiler.passes.origins import origins

        return origins(self.system)


def compile_files(
    nodes: str,
    flows: Sequence[str],
    modules: Modules | None = None,
    *,
    needed: bool = False,
    check: bool = True,
) -> Compilation:
    """Compile a nodes file and flow files or directories of them.

    The plan is there only when no error was found; warnings do not keep it back. With `needed`, the code of users is
    about to be run, and it is an error when it cannot be found. Without `check`, the rules are not applied.
    """
    diagnostics = Diagnostics()
    documents = bind_files(nodes, flows, diagnostics)
    return _compiled(documents, diagnostics, modules, needed=needed, check=check)


def compile_sources(
    nodes: SourceFile,
    flows: Sequence[SourceFile],
    modules: Modules | None = None,
    *,
    needed: bool = False,
    check: bool = True,
) -> Compilation:
    """Compile what was read already, as `compile_files` does."""
    diagnostics = Diagnostics()
    documents = bind_sources(nodes, flows, diagnostics, Losses())
    return _compiled(documents, diagnostics, modules, needed=needed, check=check)


def _compiled(
    documents: Documents | None,
    diagnostics: Diagnostics,
    modules: Modules | None,
    *,
    needed: bool,
    check: bool,
) -> Compilation:
    if documents is None:
        return Compilation(diagnostics=diagnostics)
    system = resolve(documents.nodes, documents.flows, (modules or Modules()).find)
    if check:
        lint(system, diagnostics, needed=needed, losses=documents.losses)
        if needed:
            check_environment(system, diagnostics, os.environ)
    return Compilation(
        diagnostics=diagnostics,
        documents=documents,
        system=system,
        schemas=read_schemas(system, diagnostics),
    )


def bind_files(nodes: str, flows: Sequence[str], diagnostics: Diagnostics) -> Documents | None:
    """Read and bind all files; None when nothing can be made of the nodes file."""
    losses = Losses()
    errors = diagnostics.errors
    paths = expand_flow_paths(flows, diagnostics, named=nodes)
    if diagnostics.errors > errors:  # there is a directory in which nothing could be found
        losses.parts.add(FLOW_FILE)
    nodes_file = read_source(nodes, diagnostics)
    # One file may have both roles; it is read once.
    files = [nodes_file if path == nodes else read_source(path, diagnostics) for path in paths]
    return bind_sources(nodes_file, files, diagnostics, losses)


def bind_sources(
    nodes: SourceFile | None,
    flows: Sequence[SourceFile | None],
    diagnostics: Diagnostics,
    losses: Losses,
) -> Documents | None:
    """Bind all files, of which those that could not be read are None; None when nothing can be made of the nodes."""
    meanings: Meanings = {}
    found: list[FlowDecl] = []
    nodes_root = _root(nodes, diagnostics, meanings)
    nodes_file = _bind(NodesFileDecl, nodes, nodes_root, diagnostics, losses)
    for file in flows:
        root = nodes_root if file is nodes else _root(file, diagnostics, meanings)
        document = _bind(FlowFileDecl, file, root, diagnostics, losses)
        if document is None:
            losses.parts.add(FLOW_FILE)
        else:
            found.extend(document.flow_definitions)
    if nodes_file is None:
        return None
    return Documents(nodes=nodes_file, flows=tuple(found), losses=frozenset(losses.parts))


def _root(file: SourceFile | None, diagnostics: Diagnostics, meanings: Meanings) -> Node | None:
    """Return what a file holds; an empty one is reported."""
    if file is None:
        return None
    root = compose(file, diagnostics, meanings=meanings)
    if root is not None and root.value is not None:
        return root
    if root is not None or _NOTHING.fullmatch(file.text):
        diagnostics.report(codes.EMPTY_FILE, file.path, f"`{file.path}` is empty")
    return None


def _bind(
    cls: type[S],
    file: SourceFile | None,
    root: Node | None,
    diagnostics: Diagnostics,
    losses: Losses,
) -> S | None:
    if file is None or root is None:
        return None
    return bind(cls, file, root, diagnostics, open_top=cls is FlowFileDecl, losses=losses)
