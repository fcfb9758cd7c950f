"""The tree is that of RFC 6962: by published vectors, by another library, by the definition.

What builds (`merkle`) and what verifies (`dixian_verify`) are written apart; here each is held
against the other.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.audit import dixian_verify as verifier
from service.audit.merkle import WIDTH, Hashing, HashName, Tree

SHA256 = Hashing("sha256")
HASHINGS = pytest.mark.parametrize("hash_name", list(HashName))


def h(*texts: str) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


CT_LEAVES = h(
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
CT_ROOTS = h(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
CT_INCLUSION = {
    (0, 1): [],
    (0, 8): h(
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): h(
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): h("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (1, 5): h(
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
CT_CONSISTENCY = {
    (1, 1): [],
    (1, 8): CT_INCLUSION[0, 8],
    (6, 8): h(
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): h(
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
"""The vectors of the Certificate Transparency reference implementation."""

SM3_OF_ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
"""GB/T 32905-2016, annex A.1."""


class Kept:
    """A tree with its tiles in memory, as the database keeps them."""

    def __init__(self, hash_name: str = "sha256") -> None:
        self.hash_name, self.size = hash_name, 0
        self.tiles: dict[tuple[int, int], bytes] = {}

    @property
    def tree(self) -> Tree:
        read = lambda level, index: self.tiles.get((level, index), b"")  # noqa: E731 - said once
        return Tree(Hashing(self.hash_name), self.size, read)

    def append(self, leaves: Sequence[bytes]) -> "Kept":
        self.tiles |= self.tree.append(leaves)
        self.size += len(leaves)
        return self


def of_entries(entries: Sequence[bytes], hash_name: str = "sha256") -> Tree:
    return Kept(hash_name).append([Hashing(hash_name).leaf(entry) for entry in entries]).tree


def numbered(count: int, hash_name: str = "sha256") -> list[bytes]:
    return [Hashing(hash_name).leaf(f"line {number}".encode()) for number in range(count)]


def defined(hashing: Any, leaves: Sequence[bytes]) -> bytes:
    """Return the root as section 2.1 of the RFC defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashing.empty()
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return hashing.node(defined(hashing, leaves[:middle]), defined(hashing, leaves[middle:]))


# -- published vectors


def test_the_roots_are_those_of_certificate_transparency():
    for size, root in enumerate(CT_ROOTS):
        assert of_entries(CT_LEAVES[:size]).root() == root
        assert of_entries(CT_LEAVES).root(size) == root


def test_the_inclusion_proofs_are_those_of_certificate_transparency():
    for (index, size), proof in CT_INCLUSION.items():
        assert of_entries(CT_LEAVES).inclusion(index, size) == proof


def test_the_consistency_proofs_are_those_of_certificate_transparency():
    for (old, size), proof in CT_CONSISTENCY.items():
        assert of_entries(CT_LEAVES).consistency(old, size) == proof


def test_the_verifier_takes_the_published_proofs():
    hashing = verifier.Hashing("sha256")
    for (index, size), proof in CT_INCLUSION.items():
        leaf = SHA256.leaf(CT_LEAVES[index])
        assert verifier.includes(hashing, leaf, index, size, proof, CT_ROOTS[size])
    for (old, size), proof in CT_CONSISTENCY.items():
        assert verifier.extends(hashing, (old, CT_ROOTS[old]), (size, CT_ROOTS[size]), proof)


def test_sm3_is_that_of_the_standard():
    assert hashlib.new("sm3", b"abc").hexdigest() == SM3_OF_ABC
    assert Hashing("sm3").leaf(b"abc") == hashlib.new("sm3", b"\x00abc").digest()
    assert Hashing("sm3").leaf(b"abc") != SHA256.leaf(b"abc")


# -- the definition, and another library


@HASHINGS
def test_the_root_is_as_defined_at_every_size_however_the_leaves_came(hash_name):
    hashing, leaves = Hashing(hash_name), numbered(3 * WIDTH + 5, hash_name)
    at_once, one_by_one = Kept(hash_name).append(leaves), Kept(hash_name)
    for size in range(len(leaves) + 1):
        if size % 97 == 0 or size % WIDTH in {0, 1, WIDTH - 1}:
            root = defined(hashing, leaves[:size])
            assert at_once.tree.root(size) == one_by_one.tree.root() == root
        one_by_one.append(leaves[size : size + 1])
    assert one_by_one.tiles == at_once.tiles


def test_three_levels_of_tiles_are_read_as_one_tree():
    leaves = numbered(WIDTH * WIDTH + WIDTH + 3)
    kept = Kept().append(leaves)

    assert {level for level, _ in kept.tiles} == {0, 1, 2}
    for size in (WIDTH * WIDTH - 1, WIDTH * WIDTH, WIDTH * WIDTH + 1, len(leaves)):
        assert kept.tree.root(size) == defined(SHA256, leaves[:size])
    index, hashing = WIDTH * WIDTH - 2, verifier.Hashing("sha256")
    proof = kept.tree.inclusion(index)
    assert verifier.includes(hashing, leaves[index], index, len(leaves), proof, kept.tree.root())


def test_a_tree_that_grows_reads_and_writes_a_few_tiles_only():
    kept = Kept().append(numbered(5 * WIDTH + 7))
    read: list[tuple[int, int]] = []

    def tile(level: int, index: int) -> bytes:
        read.append((level, index))
        return kept.tiles[level, index]

    changed = Tree(SHA256, kept.size, tile).append(numbered(1))

    assert read == [(0, 5)]
    assert list(changed) == [(0, 5)]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_roots_and_proofs_are_those_of_pymerkle(data):
    entries = data.draw(st.lists(st.binary(max_size=8), min_size=1, max_size=70))
    size = data.draw(st.integers(1, len(entries)))
    old = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, size - 1))
    ours, theirs = of_entries(entries), pymerkle.InmemoryTree(algorithm="sha256")
    theirs.append_entries(entries)

    assert ours.root(size) == theirs.get_root(size)
    pymerkle.verify_inclusion(
        ours.leaf(index), ours.root(size), theirs.prove_inclusion(index + 1, size)
    )
    assert verifier.includes(
        verifier.Hashing("sha256"),
        theirs.get_leaf(index + 1),
        index,
        size,
        ours.inclusion(index, size),
        theirs.get_root(size),
    )
    assert verifier.extends(
        verifier.Hashing("sha256"),
        (old, theirs.get_root(old)),
        (size, theirs.get_root(size)),
        ours.consistency(old, size),
    )


# -- proofs prove, and nothing else does


@HASHINGS
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_proof_of_one_leaf_shows_it_at_its_place_and_no_other(hash_name, data):
    leaves = numbered(data.draw(st.integers(1, 600)), hash_name)
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    tree, hashing = Kept(hash_name).append(leaves).tree, verifier.Hashing(hash_name)
    proof, root = tree.inclusion(index, size), tree.root(size)

    def shows(leaf=leaves[index], index=index, size=size, proof=proof, root=root):
        return verifier.includes(hashing, leaf, index, size, proof, root)

    assert shows()
    assert not shows(leaf=Hashing(hash_name).leaf(b"another"))
    assert not shows(root=tree.root(0))
    assert not shows(index=size)
    assert not shows(index=-1)
    assert not shows(proof=[*proof, root])
    for other in {index - 1, index + 1, index ^ 2} & set(range(size)):
        assert not shows(index=other)
    for number, one in enumerate(proof):
        assert not shows(proof=[*proof[:number], *proof[number + 1 :]])
        assert not shows(
            proof=[*proof[:number], bytes([one[0] ^ 8]) + one[1:], *proof[number + 1 :]]
        )


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_a_proof_of_growth_shows_one_tree_as_the_beginning_of_another_and_nothing_else(data):
    leaves = numbered(data.draw(st.integers(1, 600)))
    size = data.draw(st.integers(1, len(leaves)))
    old = data.draw(st.integers(0, size))
    tree, hashing = Kept().append(leaves).tree, verifier.Hashing("sha256")
    proof = tree.consistency(old, size)
    before, after = (old, tree.root(old)), (size, tree.root(size))
    other = Kept().append([*leaves[: old - 1], SHA256.leaf(b"another"), *leaves[old:]]).tree

    assert verifier.extends(hashing, before, after, proof)
    assert not verifier.extends(hashing, before, after, [*proof, after[1]])
    if 0 < old < size:
        assert not verifier.extends(hashing, (old, other.root(old)), after, proof)
        assert not verifier.extends(hashing, before, (size, other.root(size)), proof)
        assert not verifier.extends(
            hashing, (old, other.root(old)), after, other.consistency(old, size)
        )
        assert not verifier.extends(hashing, after, before, proof)
        assert not verifier.extends(hashing, before, after, proof[1:])
    if old == size:
        assert not verifier.extends(hashing, (old, other.root(old)), after, [])


@HASHINGS
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_some_leaves_and_the_hashes_of_all_others_give_the_root(hash_name, data):
    leaves = numbered(data.draw(st.integers(1, 600)), hash_name)
    size = data.draw(st.integers(1, len(leaves)))
    indexes = sorted(data.draw(st.sets(st.integers(0, size - 1), max_size=40)))
    tree, hashing = Kept(hash_name).append(leaves).tree, verifier.Hashing(hash_name)
    others = list(tree.others(indexes, size))

    def root(indexes=indexes, others=others):
        some = iter([(index, leaves[index]) for index in indexes])
        return verifier.root_of_some(hashing, size, some, iter(others))

    assert root() == tree.root(size)
    with pytest.raises(ValueError, match="more hashes"):
        root(others=[*others, b"x" * 32])
    if others:
        with pytest.raises(ValueError, match="missing"):
            root(others=others[:-1])
    if len(indexes) < size:
        assert len(others) <= (len(indexes) + 1) * size.bit_length()


def test_the_proof_of_all_leaves_is_empty():
    assert list(Kept().append(numbered(300)).tree.others(range(300))) == []


def test_a_growing_root_is_that_of_the_tree_at_every_size():
    leaves = numbered(300)
    tree, growing = Kept().append(leaves).tree, verifier.Growing(verifier.Hashing("sha256"))
    for size in range(301):
        assert growing.root() == tree.root(size)
        if size < 300:
            growing.add(leaves[size])


def test_what_the_tree_does_not_have_is_asked_for_in_vain():
    tree = Kept().append(numbered(5)).tree

    for ask in (
        lambda: tree.root(6),
        lambda: tree.inclusion(5),
        lambda: tree.inclusion(0, 6),
        lambda: tree.consistency(2, 6),
    ):
        with pytest.raises(ValueError, match=r"leaf|leaves"):
            ask()


def test_a_tile_that_is_cut_is_no_tile():
    kept = Kept().append(numbered(5))
    kept.tiles[0, 0] = kept.tiles[0, 0][:-1]

    with pytest.raises(LookupError):
        kept.tree.root()
