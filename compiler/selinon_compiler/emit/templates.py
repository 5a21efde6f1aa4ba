"""Views into text, by the templates of the package `selinon_templates`.

A template is a format string: it names fields of its view and does nothing else, so that all decisions are in the
views. A template engine would cost more start-up time than all of an incremental build.
"""

from __future__ import annotations

import functools
import pkgutil
import re

from selinon_compiler.emit.views import ConditionView, View


def render(view: View | ConditionView) -> str:
    """Return the text of the module, or of the function, that a view shows; views in it are rendered, too."""
    text, names = _template(view.template)
    return text.format_map({name: _text(getattr(view, name)) for name in names})


def _text(value: str | tuple[ConditionView, ...]) -> str:
    return value if isinstance(value, str) else "".join(map(render, value))


@functools.cache
def _template(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a template and the names of the fields that it shows."""
    content = pkgutil.get_data("selinon_templates", f"package/{name}")
    assert content is not None, "templates are installed with the package"
    text = content.decode("ascii")
    return text, tuple(re.findall(r"\{(\w+)\}", text))
