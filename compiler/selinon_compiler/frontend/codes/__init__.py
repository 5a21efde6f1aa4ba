"""What can be wrong with files and with YAML itself (SEL0xx)."""

from selinon_compiler.frontend.codes.keys import CONTRADICTING_KEY, KEY, REPEATED_KEY
from selinon_compiler.frontend.codes.sources import EMPTY_FILE, ENCODING, NO_FILES, UNREADABLE
from selinon_compiler.frontend.codes.text import CHARACTER, DOCUMENTS, LIMIT, SYNTAX
from selinon_compiler.frontend.codes.values import ALIAS, LOOK_ALIKE, MERGED, TAG, VALUE

__all__ = [
    "ALIAS",
    "CHARACTER",
    "CONTRADICTING_KEY",
    "DOCUMENTS",
    "EMPTY_FILE",
    "ENCODING",
    "KEY",
    "LIMIT",
    "LOOK_ALIKE",
    "MERGED",
    "NO_FILES",
    "REPEATED_KEY",
    "SYNTAX",
    "TAG",
    "UNREADABLE",
    "VALUE",
]
