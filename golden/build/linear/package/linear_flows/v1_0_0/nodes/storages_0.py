"""Storages, by name."""

from selinon.abi import CacheSpec, Reference, StorageSpec

STORAGES: dict[str, StorageSpec] = {
    "Memory": StorageSpec(
        name="Memory",
        adapter=Reference("selinon.storages.memory", "InMemoryStorage"),
        cache=CacheSpec(
            cache=Reference("selinon.caches", "LRU"),
            configuration={"max_cache_size": 10},
        ),
    ),
}
