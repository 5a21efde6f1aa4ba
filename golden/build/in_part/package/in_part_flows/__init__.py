"""Task flows of Selinon: package in_part_flows, version 1.0.0."""

from selinon.abi import Package

PACKAGE = Package(name="in_part_flows", version="1.0.0", abi=1, directory=__path__[0])
