"""Measuring Selinon beside Selinon 1.4.0: `python -m benchmarks`, explained in docs/performance.md."""
