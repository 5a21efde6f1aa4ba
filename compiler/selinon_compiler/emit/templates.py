"""Views into text, by the templates of the package `selinon_templates`."""

from __future__ import annotations

import functools

from jinja2 import Environment, PackageLoader, StrictUndefined

from selinon_compiler.emit.views import View


def render(view: View) -> str:
    """Return the text of the module that a view shows."""
    return _environment().get_template(view.template).render(view=view)


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("selinon_templates", "package"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
