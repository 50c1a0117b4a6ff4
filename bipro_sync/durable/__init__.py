"""The only room that writes files, renames and fsyncs; what a function here returned from has reached the device.

Three habits, each against a known loss: a directory is opened *before* the operation that changes it and
fsynced after it, so that a write-back error cannot be lost with an evicted inode; a file is fsynced through
the descriptor that wrote it; a failed fsync is never repeated (the kernel may have dropped the pages and
would then report success).
"""

from __future__ import annotations

from .appending import AppendFile
from .directories import (
    DirectoryMaker,
    make_alike,
    make_directory,
    make_durable,
    make_reachable,
    make_scratch,
    publish_directory,
    remove_published,
    remove_tree,
    rename_within,
    seal,
    withdraw_directory,
)
from .files import (
    HEAD,
    READ_ONLY,
    NewFile,
    finish_all,
    give_name,
    make_file_durable,
    move,
    remove_drafts,
    remove_file,
    replace,
    take_place,
    write_new,
)
from .locks import DirectoryLock, FileLock, LockOfAnother
from .looking import children, device, exists, free_space, is_directory, is_file, names, size_of
from .problems import errors, storage_error
from .reading import CHUNK, Digest, chunks, read_back, read_tail, read_whole


__all__ = [
    "CHUNK",
    "HEAD",
    "READ_ONLY",
    "AppendFile",
    "Digest",
    "DirectoryLock",
    "DirectoryMaker",
    "FileLock",
    "LockOfAnother",
    "NewFile",
    "children",
    "chunks",
    "device",
    "errors",
    "exists",
    "finish_all",
    "free_space",
    "give_name",
    "is_directory",
    "is_file",
    "make_alike",
    "make_directory",
    "make_durable",
    "make_file_durable",
    "make_reachable",
    "make_scratch",
    "move",
    "names",
    "publish_directory",
    "read_back",
    "read_tail",
    "read_whole",
    "remove_drafts",
    "remove_file",
    "remove_published",
    "remove_tree",
    "rename_within",
    "replace",
    "seal",
    "size_of",
    "storage_error",
    "take_place",
    "withdraw_directory",
    "write_new",
]
