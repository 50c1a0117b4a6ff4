"""The Merkle tree over the log's lines: one root commits to all of them, and a short proof shows that it has one.

RFC 6962, 2.1: a leaf is a line's bytes without its newline; leaves and inner nodes are hashed apart, so that none can
pass for the other.  Nothing here knows what stands in a line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias


SIZE = 32
"""Bytes of a hash."""

EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""

_sha256 = hashlib.sha256

Subtree: TypeAlias = tuple[int, bytes]
"""The level of a complete subtree, 0 for a leaf, and its root."""


def leaf_hash(line: bytes) -> bytes:
    """
    Return the hash of a leaf.
    """
    return hashlib.sha256(b"\0" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """
    Return the hash of an inner node.
    """
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """
    A tree that grows leaf by leaf and keeps of them only the roots of its complete subtrees, the largest first.
    """

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)
        if len(self.roots) != size.bit_count() or any(len(root) != SIZE for root in self.roots):
            raise ValueError("a tree of this size has other subtrees")

    def append(self, line: bytes) -> None:
        """
        Add a leaf behind all others.
        """
        node, complete = leaf_hash(line), self.size
        while complete & 1:
            node = node_hash(self.roots.pop(), node)
            complete >>= 1
        self.roots.append(node)
        self.size += 1

    def graft(self, subtree: Subtree) -> None:
        """
        Add a complete subtree behind all leaves; those of :func:`subtrees` in their order always fit.
        """
        level, node = subtree
        if self.size & ((1 << level) - 1):
            raise ValueError("a subtree of this level has no place here")
        complete = self.size >> level
        while complete & 1:
            node = node_hash(self.roots.pop(), node)
            complete >>= 1
        self.roots.append(node)
        self.size += 1 << level

    @property
    def root(self) -> bytes:
        """
        The root over all leaves so far.
        """
        if not self.roots:
            return EMPTY
        *others, root = self.roots
        for left in reversed(others):
            root = node_hash(left, root)
        return root


def subtrees(first: int, leaves: Sequence[bytes]) -> list[Subtree]:
    """
    Return the largest complete subtrees over these leaves' hashes, left to right; *first* is the first one's index in
    the whole tree, counted from 0.
    """
    left: list[Subtree] = []
    right: list[Subtree] = []
    level, nodes = 0, leaves
    while nodes:
        if first & 1:
            left.append((level, nodes[0]))
            nodes = nodes[1:]
        if len(nodes) & 1:
            right.append((level, nodes[-1]))
        # As node_hash does it; of a large log, its calls alone would be a tenth of the time.
        pairs = zip(nodes[::2], nodes[1::2], strict=False)
        nodes = [_sha256(b"\1" + one + other).digest() for one, other in pairs]
        first, level = (first + 1) >> 1, level + 1
    return left + right[::-1]


class Tree:
    """
    A tree for giving proofs, from its leaves' hashes, about 64 bytes of memory each; of those *before* them, which are
    gone, their complete subtrees are enough.
    """

    def __init__(self, leaves: Iterable[bytes], before: Frontier | None = None) -> None:
        gone = before or Frontier()
        roots = list(gone.roots)
        level, begin = b"".join(leaves), gone.size
        self._first = gone.size
        self.size = gone.size + len(level) // SIZE
        self._levels: list[tuple[int, bytes]] = []
        while True:
            if begin & 1:
                level, begin = roots.pop() + level, begin - 1
            self._levels.append((begin, level))
            if begin == 0 and len(level) <= SIZE and not roots:
                break
            level, begin = b"".join(_parents(level)), begin >> 1

    @property
    def root(self) -> bytes:
        """
        The root over all leaves.
        """
        return self._levels[-1][1] or EMPTY

    def inclusion(self, index: int) -> list[bytes]:
        """
        Return the audit path of the leaf at *index*, counted from 0 (RFC 6962, 2.1.1).
        """
        if not self._first <= index < self.size:
            raise ValueError("there is no such leaf")
        return list(self._siblings(0, index))

    def consistency(self, size: int) -> list[bytes] | None:
        """
        Return the proof that the tree of the first *size* leaves is the beginning of this one (RFC 9162, 2.1.4); None
        where it would lead through what is gone.
        """
        if not 0 < size <= self.size:
            raise ValueError("there is no such beginning")
        if size == self.size:
            return []
        level = (size & -size).bit_length() - 1
        index = (size >> level) - 1
        begin, nodes = self._levels[level]
        if index < begin:
            return None
        place = (index - begin) * SIZE
        own = [nodes[place : place + SIZE]] if index else []
        return [*own, *self._siblings(level, index)]

    def _siblings(self, level: int, index: int) -> Iterator[bytes]:
        """
        Yield what lies beside the way from a node up to the root.
        """
        for begin, nodes in self._levels[level:-1]:
            sibling = ((index ^ 1) - begin) * SIZE
            if sibling < len(nodes):
                yield nodes[sibling : sibling + SIZE]
            index >>= 1


def root_of(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """
    Return the root that a leaf's hash at *index* and its audit path lead to in a tree of *size*; None for a path that
    no such leaf has.
    """
    if not 0 <= index < size:
        return None
    node, last, steps = leaf, size - 1, iter(path)
    while last:
        # Where the leaf's subtree is the last of its level and has no sibling, it is the parent itself.
        if index & 1 or index < last:
            sibling = next(steps, None)
            if sibling is None:
                return None
            node = node_hash(sibling, node) if index & 1 else node_hash(node, sibling)
        index, last = index >> 1, last >> 1
    return node if next(steps, None) is None else None


def _parents(level: bytes) -> Iterable[bytes]:
    """
    Yield the hashes of the next level; a last node without a sibling is its own parent.
    """
    for begin in range(0, len(level), 2 * SIZE):
        pair = level[begin : begin + 2 * SIZE]
        yield node_hash(pair[:SIZE], pair[SIZE:]) if len(pair) > SIZE else pair
