"""The tree over all lines of the log: RFC 6962, section 2.1 (RFC 9162 has the same), in tiles.

A tile of level L holds the roots of up to 256 complete subtrees of 256**L leaves each. A tree of
any size grows by rewriting the last tile of each level, and a proof reads a few tiles of each.
Nothing here knows where tiles are kept, and nothing here verifies: that is done by other code
(`dixian_verify`), written on its own, so that one mistake cannot hide in both.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

HEIGHT = 8
WIDTH = 1 << HEIGHT
"""Hashes in a full tile."""
DIGEST_BYTES = 32
TILE_BYTES = WIDTH * DIGEST_BYTES
TILES_AT_HAND = 1024

Tiles = Callable[[int, int], bytes]
"""Level and index of a tile -> its hashes, one after the other."""


class HashName(StrEnum):
    """What a log hashes with; chosen at installation, and part of the log's origin."""

    SHA256 = "sha256"
    SM3 = "sm3"


class Hashing:
    """The hashes of leaves and nodes, told apart by their first byte."""

    def __init__(self, name: str) -> None:
        self._new = hashlib.sha256 if name == "sha256" else lambda data: hashlib.new(name, data)

    def empty(self) -> bytes:
        return self._new(b"").digest()

    def leaf(self, entry: bytes) -> bytes:
        return self._new(b"\x00" + entry).digest()

    def node(self, left: bytes, right: bytes) -> bytes:
        return self._new(b"\x01" + left + right).digest()

    def fold(self, hashes: bytes) -> bytes:
        """Return the root over a power of two of hashes, one after the other."""
        while len(hashes) > DIGEST_BYTES:
            pairs = range(0, len(hashes), 2 * DIGEST_BYTES)
            hashes = b"".join(
                self._new(b"\x01" + hashes[at : at + 2 * DIGEST_BYTES]).digest() for at in pairs
            )
        return hashes


class Tree:
    """A tree of `size` leaves, whose tiles are read when they are needed."""

    def __init__(self, hashing: Hashing, size: int, tiles: Tiles) -> None:
        self.hashing, self.size = hashing, size
        self._tile = lru_cache(maxsize=TILES_AT_HAND)(tiles)

    def leaf(self, index: int) -> bytes:
        return self._complete(0, index)

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the tree as it is, or as it was at an earlier size."""
        size = self._within(size)
        return self._root(0, size) if size else self.hashing.empty()

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that a leaf is in the tree of a size, the leaf's neighbour first."""
        return self._path(index, 0, self._within(size))

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """Return the proof that the tree of an old size is the beginning of one of a later size."""
        size = self._within(size)
        return self._grown(old, 0, size, whole=True) if 0 < old < size else []

    def others(self, indexes: Sequence[int], size: int | None = None) -> Iterator[bytes]:
        """Yield what the leaves at some indexes need beside them to give the root.

        The hash of every largest subtree without any of them, from left to right: the proof
        of all of them at once. `indexes` are in ascending order.
        """
        size = self._within(size)
        if size:
            yield from self._others(indexes, 0, size)

    def append(self, leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
        """Let the tree grow by leaf hashes; return the tiles that are other now."""
        changed: dict[tuple[int, int], bytes] = {}
        level, count, new = 0, self.size, b"".join(leaves)
        while new:
            index, filled = divmod(count, WIDTH)
            hashes = (self._tile(level, index)[: filled * DIGEST_BYTES] if filled else b"") + new
            tiles = [hashes[at : at + TILE_BYTES] for at in range(0, len(hashes), TILE_BYTES)]
            changed |= {(level, index + number): tile for number, tile in enumerate(tiles)}
            new = b"".join(self.hashing.fold(tile) for tile in tiles if len(tile) == TILE_BYTES)
            level, count = level + 1, count >> HEIGHT
        before = self._tile.__wrapped__
        self.size += len(leaves)
        self._tile = lru_cache(maxsize=TILES_AT_HAND)(
            lambda level, index: changed.get((level, index)) or before(level, index)
        )
        return changed

    def _within(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise ValueError(f"the tree has {self.size} leaves, not {size}")
        return size

    def _complete(self, height: int, index: int) -> bytes:
        """Return the root of the index-th subtree of 2**height leaves, all of which are there."""
        level, inside = divmod(height, HEIGHT)
        tile, first = divmod(index << inside, WIDTH)
        start = first * DIGEST_BYTES
        hashes = self._tile(level, tile)[start : start + (DIGEST_BYTES << inside)]
        if len(hashes) != DIGEST_BYTES << inside:
            raise LookupError(f"tile {tile} of level {level} is not what the tree's size says")
        return self.hashing.fold(hashes)

    def _root(self, start: int, end: int) -> bytes:
        leaves = end - start
        if leaves & (leaves - 1) == 0:
            height = leaves.bit_length() - 1
            return self._complete(height, start >> height)
        middle = start + _split(leaves)
        return self.hashing.node(self._root(start, middle), self._root(middle, end))

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if not start <= index < end:
            raise ValueError(f"there is no leaf {index} among {end}")
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._root(middle, end)]
        return [*self._path(index, middle, end), self._root(start, middle)]

    def _grown(self, old: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if old == end:
            return [] if whole else [self._root(start, end)]
        middle = start + _split(end - start)
        if old <= middle:
            return [*self._grown(old, start, middle, whole=whole), self._root(middle, end)]
        return [*self._grown(old, middle, end, whole=False), self._root(start, middle)]

    def _others(self, indexes: Sequence[int], start: int, end: int) -> Iterator[bytes]:
        first = bisect_left(indexes, start)
        if first == len(indexes) or indexes[first] >= end:
            yield self._root(start, end)
        elif end - start > bisect_left(indexes, end) - first:  # or all of them are there
            middle = start + _split(end - start)
            yield from self._others(indexes, start, middle)
            yield from self._others(indexes, middle, end)


def _split(leaves: int) -> int:
    """Return the largest power of two below a number of leaves: where RFC 6962 splits a tree."""
    return 1 << (leaves - 1).bit_length() - 1
