"""Task flows of Selinon: package not_carried_out_flows, version 1.0.0."""

from selinon.abi import Package

PACKAGE = Package(
    name="not_carried_out_flows",
    version="1.0.0",
    abi=1,
    directory=__path__[0],
)
