import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.audit.merkle import EMPTY, Frontier, Tree, leaf_hash, root_of, subtrees


# The reference of RFC 6962 and its ecosystem: these eight leaves, and the roots of the trees of the first 1, 2 ... 8.
LEAVES = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def frontier_of(lines):
    frontier = Frontier()
    for line in lines:
        frontier.append(line)
    return frontier


def root_by_the_definition(lines):
    """RFC 6962, 2.1, word for word."""
    if not lines:
        return hashlib.sha256(b"").digest()
    if len(lines) == 1:
        return hashlib.sha256(b"\x00" + lines[0]).digest()
    half = 1 << (len(lines) - 1).bit_length() - 1
    left, right = root_by_the_definition(lines[:half]), root_by_the_definition(lines[half:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_that_everybody_computes(size):
    lines = LEAVES[:size]
    assert frontier_of(lines).root.hex() == Tree(map(leaf_hash, lines)).root.hex() == ROOTS[size - 1]


def test_a_tree_without_leaves_has_the_root_of_nothing():
    assert Frontier().root == Tree(()).root == EMPTY


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_growing_leaf_by_leaf_and_at_once_gives_the_definitions_root(lines):
    frontier = frontier_of(lines)
    assert frontier.root == Tree(map(leaf_hash, lines)).root == root_by_the_definition(lines)
    assert frontier.size == Tree(map(leaf_hash, lines)).size == len(lines)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_a_tree_that_was_put_down_grows_on_from_there(lines, data):
    kept = frontier_of(lines[: data.draw(st.integers(0, len(lines)))])
    again = Frontier(kept.size, kept.roots)
    for line in lines[kept.size :]:
        again.append(line)
    assert again.root == root_by_the_definition(lines)


@pytest.mark.parametrize(("size", "roots"), [(1, []), (2, [bytes(32)] * 2), (0, [bytes(32)]), (1, [bytes(31)])])
def test_subtrees_that_no_tree_of_that_size_has_are_refused(size, roots):
    with pytest.raises(ValueError, match="subtrees"):
        Frontier(size, roots)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70, unique=True), st.data())
def test_each_leafs_path_leads_to_the_root_and_nobody_elses_does(lines, data):
    tree = Tree(map(leaf_hash, lines))
    index = data.draw(st.integers(0, len(lines) - 1))
    path = tree.inclusion(index)
    assert root_of(leaf_hash(lines[index]), index, len(lines), path) == tree.root
    assert root_of(leaf_hash(lines[index] + b"!"), index, len(lines), path) != tree.root
    assert root_of(leaf_hash(lines[index]), index, len(lines), [*path, bytes(32)]) is None
    if path:
        assert root_of(leaf_hash(lines[index]), index, len(lines), path[:-1]) is None
        changed = [*path[:-1], bytes([path[-1][0] ^ 1]) + path[-1][1:]]
        assert root_of(leaf_hash(lines[index]), index, len(lines), changed) != tree.root


@pytest.mark.parametrize("index", [-1, 3])
def test_what_is_no_leaf_has_no_path(index):
    with pytest.raises(ValueError, match="no such leaf"):
        Tree(map(leaf_hash, LEAVES[:3])).inclusion(index)
    assert root_of(leaf_hash(b""), index, 3, []) is None


@pytest.mark.parametrize("size", range(1, 34))
def test_proofs_and_root_are_the_same_where_the_first_leaves_are_gone(size):
    leaves = [leaf_hash(b"%d" % number) for number in range(size)]
    whole = Tree(leaves)
    gone = Frontier()
    for number in range(size):
        left = Tree(leaves[number:], gone)
        assert (left.size, left.root) == (size, whole.root)
        assert [left.inclusion(index) for index in range(number, size)] == [
            whole.inclusion(index) for index in range(number, size)
        ]
        with pytest.raises(ValueError, match="no such leaf"):
            left.inclusion(number - 1)
        gone.append(b"%d" % number)


def consistency_by_the_definition(old, leaves, *, whole=True):
    """RFC 9162, 2.1.4.1, word for word."""
    if old == len(leaves):
        return [] if whole else [root_by_the_definition(leaves)]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= half:
        return [
            *consistency_by_the_definition(old, leaves[:half], whole=whole),
            root_by_the_definition(leaves[half:]),
        ]
    return [
        *consistency_by_the_definition(old - half, leaves[half:], whole=False),
        root_by_the_definition(leaves[:half]),
    ]


@pytest.mark.parametrize("size", range(1, 34))
def test_that_a_tree_has_grown_is_proved_as_the_definition_says(size):
    lines = [b"%d" % number for number in range(size)]
    tree = Tree(map(leaf_hash, lines))
    for old in range(1, size + 1):
        assert tree.consistency(old) == consistency_by_the_definition(old, lines)
    for none in (0, size + 1):
        with pytest.raises(ValueError, match="no such beginning"):
            tree.consistency(none)


@pytest.mark.parametrize("size", range(1, 34))
def test_a_tree_whose_first_leaves_are_gone_proves_that_it_has_grown_since_then(size):
    leaves = [leaf_hash(b"%d" % number) for number in range(size)]
    whole, gone = Tree(leaves), Frontier()
    for number in range(size):
        left = Tree(leaves[number:], gone)
        for old in range(1, size + 1):
            found = left.consistency(old)
            assert found == whole.consistency(old) if old >= number else found in (None, whole.consistency(old))
        gone.append(b"%d" % number)


@pytest.mark.parametrize("first", range(20))
def test_subtrees_of_any_stretch_grow_the_same_tree(first):
    lines = [b"%d" % number for number in range(first + 20)]
    for end in range(first, len(lines)):
        grown, whole = Frontier(), Frontier()
        for line in lines[:end]:
            whole.append(line)
        for line in lines[:first]:
            grown.append(line)
        for subtree in subtrees(first, [leaf_hash(line) for line in lines[first:end]]):
            grown.graft(subtree)
        assert (grown.size, grown.roots) == (whole.size, whole.roots)


def test_a_subtree_has_its_place():
    tree = Frontier()
    tree.append(b"a")
    with pytest.raises(ValueError, match="no place here"):
        tree.graft((1, leaf_hash(b"b")))
