"""Task flows of Selinon: package join_in_cycle_flows, version 1.0.0."""

from selinon.abi import Package

PACKAGE = Package(
    name="join_in_cycle_flows",
    version="1.0.0",
    abi=1,
    directory=__path__[0],
)
