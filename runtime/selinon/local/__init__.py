"""Running flows in one process, without a broker: the same engine over the memory store."""

from selinon.local.executor import LocalExecutor, RunResult

__all__ = ["LocalExecutor", "RunResult"]
