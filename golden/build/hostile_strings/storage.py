"""A storage that can be configured with anything."""

from selinon import DataStorage


class Keeping(DataStorage):
    """Keeps results, and what it was configured with."""

    def __init__(self, **configuration):
        """Take any keyword arguments."""
        self.configuration = configuration
        self.results = {}

    def is_connected(self):
        """There is nothing to connect to."""
        return True

    def connect(self):
        """Do nothing."""

    def disconnect(self):
        """Do nothing."""

    def retrieve(self, flow_name, task_name, task_id):
        """Return a result."""
        return self.results[task_id]

    def store(self, node_args, flow_name, task_name, task_id, result):
        """Keep a result."""
        self.results[task_id] = result
        return task_id
