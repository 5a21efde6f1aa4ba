"""Task flows of Selinon: package failures_flows, version 1.0.0."""

from selinon.abi import Package

PACKAGE = Package(name="failures_flows", version="1.0.0", abi=1, directory=__path__[0])
