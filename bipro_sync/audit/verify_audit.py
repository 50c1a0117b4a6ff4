"""Checks an export of the audit log on any machine: Python 3.11 and `cryptography` are all it needs.

Call `python verify_audit.py DIRECTORY --key NAME+ID+KEY`; the key is the public one that the broker handed over before,
by another way.  15 is damage, 2 a wrong call.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class DamageError(Exception):
    """Something is not what it was; says what."""


def sha256(*parts: bytes) -> bytes:
    """The SHA-256 of some bytes, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def read_checkpoint(note: str, key: str) -> tuple[str, int, bytes, str, dict[str, tuple[int, str]]]:
    """Returns origin, size, root and each insurer's last number and hash, once the key's signature was found right."""
    name, key_id, encoded = key.split("+", 2)
    public = base64.b64decode(encoded, validate=True)[1:]
    if sha256(name.encode(), b"\n\x01", public)[:4].hex() != key_id:
        raise DamageError("the key's id does not belong to its name and bytes")
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        dash, signer, data = line.split(" ")
        signature = base64.b64decode(data, validate=True)
        if (dash, signer, signature[:4].hex()) == ("\N{EM DASH}", name, key_id):
            Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], f"{text}\n".encode())
            break
    else:
        raise DamageError("the checkpoint is not signed with this key")
    origin, size, root, time, _head, *chains = text.splitlines()
    insurers = {name: (int(number), head) for _, name, number, head in (line.split(" ") for line in chains)}
    return origin, int(size), base64.b64decode(root), time.removeprefix("time "), insurers


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Follows a record's proof up the tree (RFC 6962, 2.1.1); there must be as many hashes as its place demands."""
    node, last = leaf, size - 1
    while last:
        if index & 1 or index < last:
            sibling = path.pop(0)
            node = sha256(b"\x01", sibling, node) if index & 1 else sha256(b"\x01", node, sibling)
        index, last = index >> 1, last >> 1
    return b"" if path else node


def parsed(directory: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Yields each line and its record; many are parsed at once, as that is faster."""
    with (directory / "records.jsonl").open("rb") as file:
        while lines := [line.rstrip() for line in islice(file, 200)]:
            yield from zip(lines, json.loads(b"[%s]" % b",".join(lines)), strict=True)


def proved(directory: Path, size: int, root: bytes) -> Iterator[tuple[dict[str, Any], str]]:
    """Yields each record and its hash, once its proof has led to the signed root."""
    with (directory / "proofs.jsonl").open("rb") as proofs:
        for line, record in parsed(directory):
            path = [bytes.fromhex(each) for each in json.loads(proofs.readline() or b"{}").get("path", ())]
            if not 1 <= record["seq"] <= size:
                raise DamageError(f"the checkpoint knows nothing of record {record['seq']}")
            if root_of(sha256(b"\x00", line), record["seq"] - 1, size, path) != root:
                raise DamageError(f"record {record['seq']} is not the one that was signed")
            yield record, hashlib.sha256(line).hexdigest()
        if proofs.readline():
            raise DamageError("there are more proofs than records")


def rebuilt(directory: Path, size: int, root: bytes) -> Iterator[tuple[dict[str, Any], str]]:
    """Yields each record of a whole log and its hash; in the end all of them must have led to the signed root."""
    roots, count = list[bytes](), 0
    for line, record in parsed(directory):
        yield record, hashlib.sha256(line).hexdigest()
        node, complete, count = sha256(b"\x00", line), count, count + 1
        while complete & 1:
            node, complete = sha256(b"\x01", roots.pop(), node), complete >> 1
        roots.append(node)
    while len(roots) > 1:
        roots[-2:] = [sha256(b"\x01", *roots[-2:])]
    if (count, (roots or [sha256()])[0]) != (size, root):
        raise DamageError(f"these {count} records are not the {size} that were signed")


def chained(records: Iterator[tuple[dict[str, Any], str]], insurer: str | None) -> tuple[int, int, int, str]:
    """Returns how many records there are, the first and last number and the last hash, once each follows another."""
    number_key, prev_key = ("seq", "prev") if insurer is None else ("insurer_seq", "insurer_prev")
    count, first, last, before = 0, 0, 0, ""
    for record, digest in records:
        if insurer is not None and record["insurer"] != insurer:
            raise DamageError(f"record {record['seq']} is not one of {insurer}")
        number = record[number_key]
        if count and (number, record[prev_key]) != (last + 1, before):
            raise DamageError(f"record {record['seq']} does not follow the one before it")
        count, first, last, before = count + 1, first or number, number, digest
    return count, first, last, before


def check(directory: Path, key: str) -> Iterator[str]:
    """Yields what is proved of an export, in sentences."""
    origin, size, root, time, insurers = read_checkpoint((directory / "checkpoint.note").read_text("utf-8"), key)
    insurer = json.loads((directory / "export.json").read_bytes())["insurer"]
    read = proved if (directory / "proofs.jsonl").exists() else rebuilt
    count, first, last, head = chained(read(directory, size, root), insurer)
    whole, whole_head = (size, head) if insurer is None else insurers.get(insurer, (0, ""))
    if count and last == whole and head != whole_head:
        raise DamageError(f"record {last} of {insurer} is not the last one of it that was signed")
    yield f"Signed: the checkpoint of {origin}, {size} records, the last of {time}, with the key given."
    yield f"Intact: {count} records in records.jsonl, as signed and in place; the other files are copies for reading."
    of = "the log" if insurer is None else insurer
    if (first, last) == (1, whole):
        yield f"Complete: these are all records of {of} up to the checkpoint."
    elif count:
        yield f"Without a gap: numbers {first} to {last} of {of}, of {whole} up to the checkpoint."
    else:
        yield f"Nothing was exported of {of}, of which the checkpoint counts {whole} records."


def main() -> int:
    """Checks one export."""
    parser = argparse.ArgumentParser(description="Checks an export of the audit log.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--key", required=True, help="the public key, NAME+ID+KEY")
    given = parser.parse_args()
    if not re.fullmatch(r"[^\s+]+\+[0-9a-f]{8}\+[\w+/=]+", given.key):
        parser.error("the key has the form NAME+ID+KEY")
    try:
        said, code = "\n".join(check(given.directory, given.key)), 0
    except (DamageError, InvalidSignature, ValueError, LookupError, TypeError, OSError) as error:
        reason = "the signature is wrong" if isinstance(error, InvalidSignature) else error
        said, code = f"DAMAGED: {reason}.", 15
    sys.stdout.write(f"{said}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
