"""Templates of the files of an emitted package, one per file kind, in the folder `package`.

The package holds data only: which template is rendered with what is decided by `selinon_compiler.emit`.
"""
