"""Checks an export of the audit log on any machine: Python 3.11 and `cryptography` are all it needs.

Call `python verify_audit.py DIRECTORY --key NAME+ID+KEY --anchor PATH`, with the public key that the broker handed over
before; PATH is a checkpoint kept elsewhere or a directory of such.  15 is damage, 3 that no anchor could be compared.
"""

import argparse
import base64
import json
import re
import sys
from hashlib import sha256
from itertools import islice, product
from pathlib import Path
from types import SimpleNamespace as Checkpoint

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def read_checkpoint(path: Path, keys: list[str]) -> Checkpoint:
    """Returns what a checkpoint says, once the signature of one of the keys was found right."""
    text, _, signatures = path.read_bytes().decode().rpartition("\n\n")
    for line, key in product(signatures.splitlines(), keys):
        name, key_id, public = key.split("+", 2)
        signature = base64.b64decode(line.rpartition(" ")[2], validate=True)
        if line.startswith(f"\N{EM DASH} {name} ") and signature[:4].hex() == key_id:
            key_bytes = base64.b64decode(public, validate=True)[1:]
            Ed25519PublicKey.from_public_bytes(key_bytes).verify(signature[4:], f"{text}\n".encode())
            break
    else:
        raise ValueError(f"{path.name} is not signed with a key that was given")
    (origin,), (size,), (root,), (_, time), (_, head), *chains = map(str.split, text.splitlines())
    heads = {name: (int(number), digest) for _, name, number, digest in chains}
    heads["the log"] = int(size), head  # no insurer's name has a space
    return Checkpoint(origin=origin, size=int(size), root=base64.b64decode(root), time=time, heads=heads)


def roots_of(node: bytes, index: int, size: int, path: list[str]) -> tuple[bytes, bytes]:
    """Follows a proof up a tree (RFC 9162, 2.1.3): the root of all that stands up to this node, and the tree's."""
    old, last, hashes = node, size - 1, [bytes.fromhex(each) for each in reversed(path)]
    while last and hashes:
        if index & 1:
            left = b"\x01" + hashes.pop()
            old, node = sha256(left + old).digest(), sha256(left + node).digest()
        elif index < last:
            node = sha256(b"\x01" + node + hashes.pop()).digest()
        index, last = index >> 1, last >> 1
    return (b"", b"") if hashes or last or index else (old, node)


def is_beginning(old: Checkpoint, new: Checkpoint, path: list[str]) -> bool:
    """Whether the new one's first records are the old one's, and none was rewritten (RFC 9162, 2.1.4)."""
    if old.size == new.size:
        return (old.origin, old.root) == (new.origin, new.root)
    level = (old.size & -old.size).bit_length() - 1  # of the last complete subtree of the old tree
    start, *path = [old.root.hex(), *path] if old.size == 1 << level else path or [""]
    roots = roots_of(bytes.fromhex(start), (old.size >> level) - 1, (new.size - 1 >> level) + 1, path)
    return (old.origin, *roots) == (new.origin, old.root, new.root)


def compared(file: Path, new: Checkpoint, anchors: list[Checkpoint], made: str) -> tuple[list[Checkpoint], list[str]]:
    """Returns the anchors that are proved to be the log's beginning, and of the others why they tell nothing of it."""
    held, said, sizes = list[Checkpoint](), list[str](), {each.size for each in anchors}
    with file.open("rb") as lines:
        proofs = {each["size"]: each["consistency"] for each in map(json.loads, lines) if each["size"] in sizes}
    for anchor in anchors:
        more, proof = anchor.size - new.size, proofs.get(anchor.size, [])
        if more > 0 and made[:19] > anchor.time[:19]:
            raise ValueError(f"the export of {made} lacks {more} records that an anchor knows since {anchor.time}")
        if more > 0 or proof is None:
            why = f"later than this export of {made}" if more > 0 else "of records that are gone, as is its proof"
            said.append(f"Not compared: the anchor of {anchor.size} records of {anchor.origin} is {why}.")
        elif is_beginning(anchor, new, proof):
            held.append(anchor)
        else:
            raise ValueError(f"this is not the log {anchor.origin} whose first {anchor.size} records an anchor knows")
    return held, said


def chained(directory: Path, signed: Checkpoint, insurer: str | None, heads: dict[int, str]) -> tuple[int, int]:
    """Returns the numbers of the first and the last record, once each follows another, and the last is signed."""
    number_key, prev_key = ("seq", "prev") if insurer is None else ("insurer_seq", "insurer_prev")
    first, last, before, line, record = 0, 0, "", b"", {"seq": 0}
    with (directory / "records.jsonl").open("rb") as file:
        while lines := [line.rstrip() for line in islice(file, 200)]:  # many are parsed at once, as that is faster
            for line, record in zip(lines, json.loads(b"[%s]" % b",".join(lines)), strict=True):
                number, digest = record[number_key], sha256(line).hexdigest()
                if before and (number, record[prev_key]) != (last + 1, before):
                    raise ValueError(f"record {record['seq']} does not follow the one before it")
                if heads.get(number, digest) != digest or (insurer and record["insurer"] != insurer):
                    raise ValueError(f"record {record['seq']} is not the one that was signed")
                first, last, before = first or number, number, digest
    if before or (directory / "proof.json").exists():
        proof = json.loads((directory / "proof.json").read_bytes())
        _, root = roots_of(sha256(b"\x00" + line).digest(), record["seq"] - 1, signed.size, proof["path"])
        if (proof["numbers"], root) != ([first, last], signed.root):
            raise ValueError(f"numbers {first} to {last} are not those that were exported, or not as they were signed")
    return first, last


def check(directory: Path, keys: list[str], paths: list[Path]) -> tuple[str, int]:
    """Returns what is proved of an export, in sentences, and the exit code."""
    signed = read_checkpoint(directory / "checkpoint.note", keys)
    about = json.loads((directory / "export.json").read_bytes())
    files = [file for path in paths for file in (path.glob("*.note") if path.is_dir() else [path])]
    ours = [file for file in files if file in paths or file.read_bytes().startswith(f"{signed.origin}\n".encode())]
    anchors = sorted((read_checkpoint(file, keys) for file in ours), key=lambda each: each.size)
    stamped = [read_checkpoint(file, keys) for file in sorted(directory.glob("stamped/*.note"))]
    held, not_held = compared(directory / "checkpoints.jsonl", signed, anchors, about["asked_at"])
    stamped, _ = compared(directory / "checkpoints.jsonl", signed, stamped, about["asked_at"])
    of = about["insurer"] or "the log"
    known = [each.heads.get(of, (0, "")) for each in (*held, signed)]
    first, last = chained(directory, signed, about["insurer"], dict(known))
    if max(known)[0] > (whole := known[-1][0]):
        raise ValueError(f"an anchor knows {max(known)[0]} records of {of}, the later checkpoint {whole}")
    verdict = f"signed up to record {signed.size}, not anchored: a cut tail or another log of this key would not show"
    for anchor in held[-1:]:
        verdict = f"complete up to the last anchored checkpoint (record {anchor.size}, {anchor.time})"
        verdict += f", unanchored tail of {signed.size - anchor.size} records"
    numbers = f"numbers {first} to {last} of {of}, without a gap" if first else f"no record of {of}"
    said = [
        f"{'Chain intact' if first else 'Nothing to check'}, {verdict}.",
        f"Signed: the checkpoint of {signed.origin}, {signed.size} records, the last of {signed.time}.",
        f"Exported: {numbers}; up to the checkpoint it has {whole}.  All other files are copies for reading.",
    ]
    said += [f"Stamped: record {each.size} is in place; `openssl ts -verify` tells since when." for each in stamped]
    return "\n".join([*said, *not_held]), 3 if paths and not held else 0


def main() -> int:
    """Checks one export."""
    parser = argparse.ArgumentParser(description="Checks an export of the audit log.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--key", action="append", required=True, help="a public key, NAME+ID+KEY")
    parser.add_argument("--anchor", action="append", type=Path, default=[], help="a checkpoint kept elsewhere, or many")
    given = parser.parse_args()
    if not all(re.fullmatch(r"[^\s+]+\+[0-9a-f]{8}\+[\w+/=]+", key) for key in given.key):
        parser.error("a key has the form NAME+ID+KEY")
    if any(path.resolve().is_relative_to(given.directory.resolve()) for path in given.anchor):
        parser.error("what lies in the export itself is no anchor")
    try:
        said, code = check(given.directory, given.key, given.anchor)
    except Exception as error:  # noqa: BLE001 - whatever cannot be read is damage, and says why
        said, code = f"DAMAGED: {str(error) or 'a signature is wrong'}.", 15
    sys.stdout.write(f"{said}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
