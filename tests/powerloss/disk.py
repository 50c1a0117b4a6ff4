"""A disk that forgets: it watches what a history does below a directory and says what a power loss may leave of it.

The model is pessimistic on purpose; what it allows, some file system or drive has done:

* What was written to a file since its last fsync survives wholly, in part, as zeros, or not at all.
* What was done to a directory's entries since its last fsync (create, rename, link, unlink) survives or is lost, each
  change for itself, in whatever order they were made.  Only changes to one and the same name keep their order.
* A rename is atomic, across directories too: after the loss there is the old name or the new one, never both, never
  none.  It lasts with the fsync of the directory it went to; that of the one it came from is not enough.
* An fsync of a file says nothing of its name, one of a directory nothing of the files in it or of its own name.
* Modes are not modelled: what survives may be written.  Nor is a page that survives behind a lost one of the same
  file: files grow from their beginning here, as journaling file systems make them.

The history runs on a real file system, whose content is compared with what was seen, so that nothing goes unseen.
"""

import contextlib
import itertools
import os
from dataclasses import dataclass, field
from pathlib import Path


class Killed(BaseException):
    """The process ends here: nothing it would still do happens."""


@dataclass(eq=False)
class File:
    """A file's bytes as the kernel has them, and as the device has them."""

    live: bytes = b""
    durable: bytes = b""

    def remains(self):
        """What a power loss may leave of it, the worst first."""
        if self.live == self.durable:
            return [self.live]
        same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(self.durable, self.live, strict=False))
        kept = bytes(byte for byte, _ in same)
        added = self.live[len(kept) :]
        half = len(added) // 2
        parts = (b"", added[:half], bytes(len(added)), added[:half] + bytes(len(added) - half), added)
        return list(dict.fromkeys([self.durable, *(kept + part for part in parts)]))


@dataclass(eq=False)
class Directory:
    """A directory's entries as the kernel has them, and as the device has them."""

    live: dict = field(default_factory=dict)
    durable: dict = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Change:
    """One change to entries: names that go, names that come; it lasts when *directory* is fsynced."""

    directory: Directory
    goes: tuple = ()
    comes: tuple = ()

    def names(self):
        return {(directory, name) for directory, name, *_ in (*self.goes, *self.comes)}

    def apply(self, entries):
        for directory, name in self.goes:
            entries[directory].pop(name, None)
        for directory, name, node in self.comes:
            entries[directory][name] = node


@dataclass(frozen=True)
class Moment:
    """What is durable and what is not, at one moment of a history."""

    root: Directory
    entries: dict
    pending: tuple
    files: dict

    def survivors(self, choose):
        """One state that may survive a power loss now: bytes by path, None for a directory; *choose* picks."""
        entries = {directory: dict(names) for directory, names in self.entries.items()}
        kept = [change for change in self.pending if choose([False, True])]
        for change in _with_what_they_need(kept, self.pending):
            change.apply(entries)
        found = {}
        places = [("", self.root)]
        while places:
            above, directory = places.pop()
            for name, node in sorted(entries[directory].items()):
                path = f"{above}{name}"
                if isinstance(node, Directory):
                    found[path] = None
                    places.append((f"{path}/", node))
                else:
                    found[path] = choose(self.files[node].remains())
        return found


def _with_what_they_need(wanted, pending):
    """The wanted changes and the earlier ones to the same names, in their order."""
    needed = set()
    names = set()
    for change in reversed(pending):
        if change in wanted or change.names() & names:
            needed.add(change)
            names |= change.names()
    return [change for change in pending if change in needed]


class Disk:
    """Watches what is done below *root*, which is durable as it stands; used as a context."""

    def __init__(self, root):
        self.root = Path(root)
        self.moments = []
        self.done = []
        self.dies_after = None
        self._top = _load(self.root)
        self._pending = []
        self._opened = {}
        self._remember()

    def __enter__(self):
        self._whole = {name: getattr(os, name) for name in _WATCHED}
        for name in _WATCHED:
            setattr(os, name, self._watched(name))
        return self

    def __exit__(self, *_):
        for name, function in self._whole.items():
            setattr(os, name, function)
        if self.dies_after is None:
            assert _tree(self._top) == _tree(_load(self.root)), "something was done that the disk did not see"

    def revive(self):
        """The next process begins where the dead one left the disk."""
        self.dies_after = None

    def _watched(self, name):
        whole, noted = self._whole[name], getattr(self, f"_{name}", None)

        def _call(*arguments, **options):
            place = self._place(name, arguments, options)
            if place is None:
                return whole(*arguments, **options)
            changes = name not in _READING and not (name == "open" and not arguments[1] & _MAKING)
            if changes and self.dies_after is not None and len(self.moments) > self.dies_after:
                raise Killed
            result = whole(*arguments, **options)
            noted(place, result, *arguments)
            if changes:
                self.done.append(name)
                self._remember()
            return result

        return _call

    def _place(self, name, arguments, options):
        """What of this disk the call is about: a path's parts, or what an open descriptor stands for."""
        if name in _BY_DESCRIPTOR:
            return self._opened.get(arguments[0])
        above = options.get("dir_fd")
        path = Path(os.fsdecode(arguments[0]))
        if above is not None:
            path = Path(f"/proc/self/fd/{above}").readlink() / path
        return path.relative_to(self.root).parts if path.is_relative_to(self.root) else None

    def _at(self, parts):
        directory = self._top
        for part in parts[:-1]:
            directory = directory.live[part]
        return directory, parts[-1]

    def _change(self, directory, *, goes=(), comes=()):
        change = Change(directory, goes, comes)
        change.apply({each: each.live for each, *_ in (*goes, *comes)})
        self._pending.append(change)

    def _open(self, parts, descriptor, _path, flags, *_):
        node = self._top
        if parts:
            directory, name = self._at(parts)
            if name not in directory.live:
                self._change(directory, comes=((directory, name, File()),))
            node = directory.live[name]
        if flags & os.O_TRUNC:
            node.live = b""
        self._opened[descriptor] = node

    def _close(self, _node, _result, descriptor):
        del self._opened[descriptor]

    def _write(self, node, _result, descriptor, *_):
        node.live = Path(f"/proc/self/fd/{descriptor}").read_bytes()

    _pwrite = _writev = _posix_fallocate = _ftruncate = _write

    def _fsync(self, node, _result, _descriptor):
        if isinstance(node, File):
            node.durable = node.live
            return
        lasting = [change for change in self._pending if change.directory is node]
        for change in _with_what_they_need(lasting, self._pending):
            change.apply({each: each.durable for each, _ in change.names()})
            self._pending.remove(change)

    _fdatasync = _fsync

    def _mkdir(self, parts, _result, *_):
        directory, name = self._at(parts)
        self._change(directory, comes=((directory, name, Directory()),))

    def _unlink(self, parts, _result, *_):
        directory, name = self._at(parts)
        self._change(directory, goes=((directory, name),))

    _remove = _rmdir = _unlink

    def _rename(self, parts, _result, _old, new, *_):
        directory, name = self._at(parts)
        target, new_name = self._at(Path(new).relative_to(self.root).parts)
        node = directory.live[name]
        self._change(target, goes=((directory, name),), comes=((target, new_name, node),))

    _replace = _rename

    def _link(self, parts, _result, _old, new, *_):
        directory, name = self._at(parts)
        target, new_name = self._at(Path(new).relative_to(self.root).parts)
        self._change(target, comes=((target, new_name, directory.live[name]),))

    def _remember(self):
        entries, files = {}, {}
        nodes = [self._top]
        for change in self._pending:
            nodes += [*(directory for directory, _ in change.names()), *(node for _, _, node in change.comes)]
        while nodes:
            node = nodes.pop()
            if isinstance(node, File):
                files[node] = File(node.live, node.durable)
            elif node not in entries:
                entries[node] = dict(node.durable)
                nodes += [*node.durable.values(), *node.live.values()]
        self.moments.append(Moment(self._top, entries, tuple(self._pending), files))


_BY_DESCRIPTOR = frozenset({"close", "fdatasync", "fsync", "ftruncate", "posix_fallocate", "pwrite", "write", "writev"})
_BY_PATH = frozenset({"link", "mkdir", "open", "remove", "rename", "replace", "rmdir", "unlink"})
_WATCHED = _BY_DESCRIPTOR | _BY_PATH
_READING = frozenset({"close"})
_MAKING = os.O_CREAT | os.O_TRUNC


def _load(path):
    """A directory as it stands, all of it durable."""
    entries = {
        entry.name: _load(entry) if entry.is_dir() else File(*[entry.read_bytes()] * 2) for entry in path.iterdir()
    }
    return Directory(entries, dict(entries))


def _tree(directory):
    return {name: _tree(node) if isinstance(node, Directory) else node.live for name, node in directory.live.items()}


def restore(survivors, root):
    """Writes one surviving state below *root*, as the next boot finds it."""
    for path, content in sorted(survivors.items()):
        if content is None:
            (root / path).mkdir(mode=0o700)
        else:
            (root / path).write_bytes(content)
            (root / path).chmod(0o600)


def each_way(build):
    """Yields build(choose) for every sequence of choices that there is."""
    taken = []
    while True:
        steps = itertools.count()

        def _choose(options, steps=steps):
            step = next(steps)
            if step == len(taken):
                taken.append([0, len(options)])
            return options[taken[step][0]]

        yield build(_choose)
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return
        taken[-1][0] += 1


@contextlib.contextmanager
def killed_after(disk, changes):
    """The process dies when so many changes of the disk's are made, counted from the beginning of its history."""
    disk.dies_after = changes
    with contextlib.suppress(Killed):
        yield
