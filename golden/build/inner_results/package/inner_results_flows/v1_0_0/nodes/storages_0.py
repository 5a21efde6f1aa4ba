"""Storages, by name."""

from selinon.abi import Reference, StorageSpec

STORAGES: dict[str, StorageSpec] = {
    "Memory": StorageSpec(
        name="Memory",
        adapter=Reference("selinon.storages.memory", "InMemoryStorage"),
    ),
}
