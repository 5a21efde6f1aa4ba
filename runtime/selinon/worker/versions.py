"""Which runs a worker can take forward: those that began with the graph that it has."""

from __future__ import annotations

from selinon.errors import UnknownFlowError
from selinon.registry import Deployment

__all__ = ["obstacle"]


def obstacle(deployment: Deployment, flow: str, version: str, fingerprint: str) -> str | None:
    """Return what keeps this process from taking a run of a flow forward, for people; None if it can.

    A run that began with another version of the package is adopted if the graph of its flow is the same: then all that
    its record speaks of is still there.
    """
    package = deployment.package
    try:
        known = deployment.flow(flow).fingerprint
    except UnknownFlowError:
        return f"package `{package.name}` {package.version} has no flow `{flow}`"
    if known == fingerprint:
        return None
    if _is_newer(version, package.version):
        return f"it began with version {version}, which is newer than {package.version} here"
    return f"it began with version {version}, whose graph of flow `{flow}` {package.version} does not have"


def _is_newer(one: str, other: str) -> bool:
    numbers = [_numbers(version) for version in (one, other)]
    return None not in numbers and numbers[0] > numbers[1]  # type: ignore[operator]  # both are lists


def _numbers(version: str) -> list[int] | None:
    parts = version.split(".")
    return [int(part) for part in parts] if all(part.isdecimal() for part in parts) else None
