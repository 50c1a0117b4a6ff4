import json
import re

import pytest

from bipro_sync.config import CommandAnchor, DirectoryAnchor, StampAnchor, schema, warnings

from .conftest import PRODUCTION, TEST


KEY = "bipro-sync+4221d457+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
"""A public key of 32 invented bytes."""


def audit(lines):
    return f"{TEST}[audit]\n{lines}\n[insurers.one]\n"


def test_three_kinds_of_anchors_are_told_apart(loaded):
    found = loaded(
        audit("""
        anchors = [
            { kind = "directory", path = "/mnt/nas" },
            { kind = "command", command = ["/usr/local/bin/send", "--quietly"] },
            { kind = "rfc3161", url = "https://tsa.example/tsr", ca_file = "/etc/tsa.pem", name = "tsa" },
        ]""")
    ).audit.anchors
    assert [type(anchor) for anchor in found] == [DirectoryAnchor, CommandAnchor, StampAnchor]
    assert [anchor.name for anchor in found] == ["directory", "command", "tsa"]
    assert found[1].command == ("/usr/local/bin/send", "--quietly")


def test_that_there_are_no_anchors_is_another_thing_than_saying_nothing(loaded):
    assert loaded(audit('anchors = "none"')).audit.anchors == ()
    assert loaded(audit("")).audit.anchors is None


def test_public_keys_are_read(loaded):
    section = loaded(audit(f'known_keys = ["{KEY}"]')).audit
    assert [str(key) for key in section.known_keys] == [KEY]
    assert section.is_signed
    assert not loaded(audit("")).audit.is_signed


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('name = "two words"', "[audit] name: must be a name of letters, digits, dots, hyphens and underscores"),
        ('name = "a+b"', "[audit] name: must be a name"),
        ('name = "../x"', "[audit] name: must be a name"),
        ('key = "audit.key"', "[audit] key: must be an absolute path"),
        (f'known_keys = ["{KEY[:-1]}e"]', "[audit] known_keys[0]: must be NAME+ID+KEY"),
        ("known_keys = [7]", "[audit] known_keys[0]: must be NAME+ID+KEY"),
        (f'name = "other"\nknown_keys = ["{KEY}"]', "[audit] known_keys[0]: is not of the log other"),
        ('anchors = [{ path = "/x" }]', "[audit.anchors[0]] kind: must be one of 'directory', 'command', 'rfc3161'"),
        ('anchors = [{ kind = "directory" }]', "[audit.anchors[0]] path: is missing"),
        ('anchors = [{ kind = "directory", path = "x" }]', "[audit.anchors[0]] path: must be an absolute path"),
        ('anchors = [{ kind = "directory", path = "/x", url = "" }]', "[audit.anchors[0]] url: is not a known key"),
        ('anchors = [{ kind = "command", command = ["send"] }]', "[audit.anchors[0]] command: must begin with the abs"),
        ('anchors = [{ kind = "command", command = [] }]', "[audit.anchors[0]] command: must be a list of words"),
        ('anchors = [{ kind = "command", command = "/bin/true" }]', "[audit.anchors[0]] command: must be a list of"),
        (
            'anchors = [{ kind = "rfc3161", url = "http://tsa.example/", ca_file = "/x" }]',
            "[audit.anchors[0]] url: must begin with https",
        ),
        (
            'anchors = [{ kind = "directory", path = "/x" }, { kind = "directory", path = "/y" }]',
            "[audit.anchors[1]] name: is directory for two anchors",
        ),
    ],
)
def test_problems_are_told_in_the_files_own_words(refused, line, problem):
    [found] = refused(audit(line))
    assert found.startswith(problem)


def told(loaded, key):
    return warnings(
        loaded(PRODUCTION.replace('anchors = "none"', f'anchors = "none"\nkey = "{key}"') + "[insurers.one]")
    )


def test_a_key_that_others_may_read_is_told(loaded, tmp_path):
    key = tmp_path / "audit.key"
    key.touch(mode=0o640)
    assert told(loaded, key) == ("[audit] key: is open to others than its owner, so it is not used; `chmod 600` it",)
    key.chmod(0o600)
    assert told(loaded, key) == ()


def test_a_key_that_is_not_there_is_told(loaded, tmp_path):
    [found] = told(loaded, tmp_path / "audit.key")
    assert found.startswith("[audit] key: is not there")


def test_anchors_of_a_log_that_nobody_signs_are_told(loaded):
    said = warnings(
        loaded(PRODUCTION.replace('"none"', "[{ kind = 'directory', path = '/mnt' }]") + "[insurers.one]\n")
    )
    assert said == ("[audit] anchors: receive nothing, because nothing is signed without a key or known_keys",)


def test_the_schema_knows_the_anchors_by_their_kind():
    document = json.loads(json.dumps(schema()))["$defs"]
    anchors = document["AuditSection"]["properties"]["anchors"]
    assert re.findall(r"\w+Anchor", json.dumps(anchors["anyOf"][0]["items"]["oneOf"])) == [
        "DirectoryAnchor",
        "CommandAnchor",
        "StampAnchor",
    ]
