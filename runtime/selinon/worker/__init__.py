"""Running flows on Celery workers: what happens between the engine, the store of runs, and messages.

The store is the record. A message only says that a node can be claimed, or that a run should be looked at; it may be
lost, come twice, or come late. A timer in each worker sends again what nobody took up.
"""
