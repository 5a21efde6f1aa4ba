"""Stores: the record of runs. Messages are hints, what the store says is so."""
