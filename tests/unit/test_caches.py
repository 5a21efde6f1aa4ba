"""The built-in caches."""

from __future__ import annotations

import pytest

from selinon.caches import FIFO, LIFO, LRU, MRU, RR, Cache
from selinon.caches.bounded import BoundedCache
from selinon.errors import CacheMissError

KINDS: list[type[BoundedCache]] = [FIFO, LIFO, LRU, MRU, RR]


def held(cache: Cache, *item_ids: str) -> set[str]:
    """Return which of the items a cache has; asking may change what it gives up next."""
    found = set()
    for item_id in item_ids:
        try:
            cache.get(item_id)
        except CacheMissError:
            continue
        found.add(item_id)
    return found


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        (FIFO, {"b", "c", "d"}),
        (LIFO, {"a", "b", "d"}),
        (LRU, {"a", "c", "d"}),
        (MRU, {"b", "c", "d"}),
    ],
)
def test_what_is_given_up(kind: type[BoundedCache], left: set[str]) -> None:
    """Of a, b, c inserted in this order and a used again, each kind gives up another one for d."""
    cache = kind(max_cache_size=3)
    for item_id in "abc":
        cache.add(item_id, item_id.upper())
    assert cache.get("a") == "A"
    cache.add("d", "D")
    assert held(cache, *"abcd") == left


def test_random_replacement() -> None:
    """The newest item is there, one of the others is not, and not always the same one."""
    lost = set()
    for _ in range(100):
        cache = RR(2)
        cache.add("a", 1)
        cache.add("b", 2)
        cache.add("c", 3)
        left = held(cache, *"abc")
        assert "c" in left
        assert len(left) == 2
        lost |= {"a", "b"} - left
    assert lost == {"a", "b"}


@pytest.mark.parametrize("kind", KINDS)
def test_common_rules(kind: type[BoundedCache]) -> None:
    """A null is an item, a second `add` changes nothing, a miss is an error of its own, `delete` forgets."""
    cache = kind(2)
    cache.add("a", None, task_name="Task1", flow_name="flow1")
    assert cache.get("a", task_name="Task1", flow_name="flow1") is None
    cache.add("a", "other")
    assert cache.get("a") is None
    with pytest.raises(CacheMissError):
        cache.get("b")
    cache.delete("a")
    cache.delete("a")
    assert held(cache, "a") == set()


def test_adding_again_is_no_use() -> None:
    """`add` of an item that is there does not make it a recently used one."""
    cache = LRU(2)
    cache.add("a", 1)
    cache.add("b", 2)
    cache.add("a", 1)
    cache.add("c", 3)
    assert held(cache, *"abc") == {"b", "c"}


@pytest.mark.parametrize("kind", KINDS)
def test_sizes(kind: type[BoundedCache]) -> None:
    """Size 0 holds nothing and is the default, `size` is another name, and wrong sizes are refused."""
    for cache in (kind(0), kind(), kind(size=0)):
        cache.add("a", 1)
        assert held(cache, "a") == set()
    assert kind(size=4).max_cache_size == 4
    with pytest.raises(ValueError, match="negative"):
        kind(-1)
    with pytest.raises(TypeError, match="both"):
        kind(1, size=1)
    with pytest.raises(TypeError, match="integer"):
        kind("3")  # type: ignore[arg-type]  # what a configuration may hold
