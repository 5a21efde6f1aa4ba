"""Reading YAML: from the text of a file to located nodes, with everything wrong reported."""

from __future__ import annotations

import yaml
from yaml.reader import ReaderError

from selinon_compiler.diagnostics import Diagnostics
from selinon_compiler.frontend.composer import DEFAULT_LIMITS, Composer, Limits, RefusedError
from selinon_compiler.frontend.nodes import Node
from selinon_compiler.frontend.refusals import report_character, report_syntax, report_tag
from selinon_compiler.frontend.scalars import Meanings
from selinon_compiler.source import SourceFile

__all__ = ["Limits", "compose"]


def compose(
    file: SourceFile,
    diagnostics: Diagnostics,
    limits: Limits = DEFAULT_LIMITS,
    meanings: Meanings | None = None,
) -> Node | None:
    """Return the root of the only document of a file; None if there is none, or it cannot be read.

    Nothing is raised for what a file holds: whatever is wrong is reported. A value that cannot be
    read is `BROKEN`, and the rest of the document is there. `meanings` may be shared
    between files, to save time.
    """
    if file.text.startswith("\ufeff"):
        report_character(file, diagnostics, "a byte order mark stands before another one")
        return None
    composer = Composer(file, diagnostics, limits, {} if meanings is None else meanings)
    try:
        return composer.compose()
    except RefusedError:
        return None
    except yaml.MarkedYAMLError as error:
        report_syntax(file, diagnostics, error)
        return None
    except ReaderError as error:
        report_character(file, diagnostics, str(error.reason))
        return None
    except UnicodeEncodeError:
        report_character(file, diagnostics, "a lone surrogate is not a character")
        return None
    except UnicodeDecodeError:
        report_tag(file, diagnostics)
        return None
