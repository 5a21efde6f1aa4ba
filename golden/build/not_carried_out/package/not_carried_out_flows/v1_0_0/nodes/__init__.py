"""Tasks and storages."""
