"""Running flows in one process, without a broker: the same engine over the memory store."""

from selinon.local.clock import Clock, RealClock, VirtualClock
from selinon.local.executor import LocalExecutor
from selinon.local.result import RunResult

__all__ = ["Clock", "LocalExecutor", "RealClock", "RunResult", "VirtualClock"]
