"""Task flows of Selinon: package hostile_strings_flows, version 1.0.0."""

from selinon.abi import Package

PACKAGE = Package(
    name="hostile_strings_flows",
    version="1.0.0",
    abi=1,
    directory=__path__[0],
)
