"""A package that hands on what its modules define."""

from .made import Assigned as Other
from .made import Passed
from .stars import *

try:
    from nowhere import Guarded
except ImportError:

    class Guarded:
        """In place of the missing one."""


raise SystemExit("this module was run")
