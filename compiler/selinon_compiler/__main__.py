"""What runs when the command is called, also as `python -m selinon_compiler`."""

import gc

# A run is short and keeps what it makes: collecting takes up to half of the time, and begins with the imports.
gc.disable()

from selinon_compiler.cli import run  # noqa: E402

if __name__ == "__main__":
    run()
