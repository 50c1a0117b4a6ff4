"""Every command there is in every situation where it cannot work: one clear sentence, the right exit code, no bug.

The commands are found in the program itself, so a new one is tried here from the day it exists.
"""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys

import pytest
from pysqlite3 import dbapi2

from bipro_sync.cli.main import main
from samples.synthetic.delivery import header, joined

from ..conftest import Office
from ..identities import at_a_terminal
from ..test_canaries import calls_of, registered
from .test_rights import READ_ONLY


NOT_WALKED = {("sandbox", "serve"), ("demo",), ("daemon",)}
"""They have nothing to do with the configuration, or run for good."""

NEEDS_NOTHING = {
    "audit key new": {0},
    "completion bash": {0},
    "completion fish": {0},
    "completion words": {0},
    "completion zsh": {0},
    "config sample": {0},
    "config schema": {0},
    "docs man": {0},
    "gdv check": {3},
    "gdv diff": {0},
    "gdv export": {0},
    "gdv info": {0},
    "gdv records": {0},
    "init": {0, 2},
    "insurers letter": {0},
    "support-bundle": {0},
}
"""What reads no configuration, and how it ends: a delivery without records is not whole, and a configuration that is
there is not begun anew."""

LOOKS = {
    *("status", "schedule", "doctor", "insurers list", "insurers show", "config check", "config show"),
    *("credentials list", "credentials set", "certs list", "certs import", "insurers add", "audit key show"),
    "handover list",
}
"""What answers or does its work as far as it can, where the configuration can be used and the archive cannot."""

REFUSED = {
    *("archive let-go", "backup restore", "contracts diff", "contracts history", "contracts show"),
    *("shipments ack", "shipments hold", "shipments release", "shipments retry"),
}
"""What ends with 2 as soon as the archive can be asked: no hold is in force, nothing is restored over an archive, no
GDV file was delivered, and what is acknowledged is past such decisions."""

PLUGINS = {("check",), ("certs", "check")}
"""What answers as a monitoring plug-in: 3 is every failure of its own."""

ANSWERS = {
    ("init",): ["--name", "Erika Muster", "--root", "{new}", "--environment", "test", "--login", "root"],
    ("insurers", "add"): [
        *("dritt", "--profile", "generic", "--method", "password", "--sts-url", "https://insurer.example/sts"),
        *("--transfer-url", "https://insurer.example/430", "--bipro-version", "2.6.1.1.0", "--username", "X"),
        *("--environment", "test", "--no-test"),
    ],
    ("credentials", "set"): ["{root}/password"],
    ("certs", "import"): ["{p12}", "--insurer", "zweit", "--to", "{new}"],
    ("gdv", "export"): ["{gdv}", "--format", "csv", "--out", "{handed}"],
}
"""What is said to commands that would ask for it, or for a secret that is stored nowhere yet."""

DECIDED = {("shipments", "ack"), ("archive", "keep")}
"""Of these the plainest call says too little."""


def called(words, params):
    """The arguments that let a command get as far as its work."""
    if words in ANSWERS:
        return [*words, *ANSWERS[words]]
    return calls_of(words, params)[words in DECIDED] + ["--no-wait"] * (words == ("pull",))


CALLS = {words: called(words, params) for words, params in registered().items() if words not in NOT_WALKED}


def every_day(situation):
    """The commands that are tried in this situation each day; over all situations each gets its turn."""
    if os.environ.get("BIPRO_SYNC_CAMPAIGN") == "full":
        return sorted(CALLS)
    place = [*SITUATIONS, *ELSEWHERE].index(situation)
    return sorted(CALLS)[place % EACH :: EACH]


EACH = 12


@pytest.fixture(scope="module")
def house(tmp_path_factory, practice_insurers):
    """An archive that has been pulled into, and its configuration; its insurers are not there any more."""
    office = Office(tmp_path_factory.mktemp("house"), practice_insurers)
    for name in ("backup", "copy", "anchor", "dms", "reports"):
        (office.root / name).mkdir(mode=0o700)
    _, public, _ = office.run("audit", "key", "new", str(office.root / "signing-key"))
    (office.root / "gdv").write_bytes(joined(header(), []))
    office.head = (
        f'second_copy = "{office.root / "copy"}"\n[audit]\nkey = "{office.root / "signing-key"}"\n'
        f'known_keys = ["{public.strip()}"]\nanchors = [{{ kind = "directory", path = "{office.root / "anchor"}" }}]\n'
        f'[alerts]\nmail = {{ to = ["it@broker.example"], smtp = "smtps://127.0.0.1:9" }}\n'
        f'[backup]\ndirectory = "{office.root / "backup"}"\n[handover.dms]\ntarget = "{office.root / "dms"}"\n'
        f'[reports]\ndirectory = "{office.root / "reports"}"\n'
    )
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "other-id", shipment="B"))
    office.opens('login = "certificate"\n', name="zweit")
    office.configure("zweit", auth=office.by_certificate(name="zweit"))
    office.pull()
    office.run("backup", "create")
    office.close()
    return office


def copied(house, root):
    """The same house once more, to be spoiled."""
    office = Office(root, None)
    shutil.copytree(house.root, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("insurer-*.log"))
    office.config.write_text(house.config.read_text().replace(str(house.root), str(root)))
    card = office.archive / "state" / "archive.json"
    card.write_text(card.read_text().replace(str(house.root), str(root)))
    return office


def garbage(path):
    if path.is_dir():
        shutil.rmtree(path)
    path.write_bytes(b"\x00\xff garbage \x80" * 100)


def a_file_in_its_place(path):
    shutil.rmtree(path)
    path.write_text("a file")


def newer(office):
    with contextlib.closing(dbapi2.connect(office.archive / "catalog.db")) as connection:
        connection.execute("PRAGMA user_version = 999")


def foreign(office):
    card = office.archive / "state" / "archive.json"
    card.write_text(card.read_text().replace('"test"', '"production"'))


def every(pattern, spoil):
    def _every(office):
        found = list(office.archive.glob(pattern))
        assert found
        for path in found:
            path.chmod(0o700 if path.is_dir() else 0o600)
            spoil(path)

    return _every


def text(words):
    def _text(office):
        office.config.write_text(words.format(root=office.archive), encoding="utf-8")

    return _text


def a_directory(path):
    path.unlink()
    path.mkdir()


SITUATIONS = {
    "no configuration": (lambda office: office.config.unlink(), {10}),
    "a directory for a configuration": (lambda office: a_directory(office.config), {10}),
    "a configuration of garbage": (lambda office: garbage(office.config), {10}),
    "a configuration that is no TOML": (text("[archive\n"), {10}),
    "a configuration with unknown keys": (text('[archive]\nroot = "{root}"\nrot = 1\n[what]\never = 1\n'), {10}),
    "a configuration of wrong types": (text('archive = 1\ninsurers = "all"\nusers = [1]\nbackup = 3\n'), {10}),
    "no insurers": (text('[archive]\nroot = "{root}"\n[defaults]\nenvironment = "test"\n'), {0, 2, 3, 10, 14, 15}),
    "a broken section": (
        lambda office: office.config.write_text(office.config.read_text().replace("workers = 1", 'workers = "x"')),
        {0, 3, 10, 14, 15},
    ),
    "no archive": (lambda office: shutil.rmtree(office.archive), {0, 2, 3, 10, 13, 14, 15}),
    "an empty archive": (
        lambda office: (shutil.rmtree(office.archive), office.archive.mkdir()),
        {0, 2, 3, 10, 13, 14, 15},
    ),
    "a file for an archive": (lambda office: a_file_in_its_place(office.archive), {14}),
    "the archive of another environment": (foreign, {10}),
    "a garbled card": (lambda office: garbage(office.archive / "state" / "archive.json"), {14}),
    "no state": (lambda office: shutil.rmtree(office.archive / "state"), {0, 3, 10, 13, 14, 15}),
    "a file for the state": (lambda office: a_file_in_its_place(office.archive / "state"), {14}),
    "a file for the breakers": (lambda office: a_file_in_its_place(office.archive / "state" / "breakers"), {14}),
    "garbled files of state": (every("state/*/*.json", garbage), {0, 3, 12, 13, 14, 15}),
    "a newer catalogue": (newer, {0, 3, 14}),
    "a garbled catalogue": (lambda office: garbage(office.archive / "catalog.db"), {0, 3, 14}),
    "no catalogue": (lambda office: (office.archive / "catalog.db").unlink(), {0, 3, 14}),
    "a directory for a catalogue": (lambda office: a_directory(office.archive / "catalog.db"), {0, 3, 14}),
    "a garbled log": (every("audit/audit-*.jsonl", garbage), {0, 14, 15}),
    "a file for the log": (lambda office: a_file_in_its_place(office.archive / "audit"), {0, 14, 15}),
    "no log": (lambda office: shutil.rmtree(office.archive / "audit"), {0, 3, 12, 13, 14, 15}),
    "garbled manifests": (every("*/*/*/*/*/manifest.json", garbage), {0, 3, 12, 13, 14, 15}),
    "files for shipments": (every("shipments/*/*/*/*", a_file_in_its_place), {0, 3, 12, 13, 14, 15}),
    "a file for all shipments": (
        lambda office: a_file_in_its_place(office.archive / "shipments"),
        {0, 3, 12, 13, 14, 15},
    ),
    "a file for the spool": (lambda office: a_file_in_its_place(office.archive / "spool"), {0, 3, 12, 13, 14, 15}),
    "a restore that is not through": (
        lambda office: (office.archive / "restoring.json").write_text('{"backup": "another"}'),
        {14},
    ),
}
"""What is wrong, and the exit codes that a command may end with then, beside those of :data:`REFUSED`."""

AS_AN_ORDINARY_USER = {
    "a configuration that may not be read": (lambda office: office.config.chmod(0), {10}),
    "an archive that may not be read": (lambda office: office.archive.chmod(0), {14}),
    "an archive that may not be written": (
        lambda office: [path.chmod(0o500) for path in (*office.archive.rglob("*"), office.archive) if path.is_dir()],
        {0, 3, 13, 14, 15},
    ),
    "a log that may not be read": (every("audit/audit-*.jsonl", lambda path: path.chmod(0)), {14}),
    "a catalogue that may not be read": (every("catalog.db", lambda path: path.chmod(0)), {0, 3, 14}),
    "shipments that may not be read": (every("shipments/*/*/*/*", lambda path: path.chmod(0)), {0, 3, 13, 14, 15}),
}


def another_user_s(path):
    os.chown(path, 4242, 4242)
    path.chmod(0o700 if path.is_dir() else 0o600)


ANOTHER_USERS = {
    "another user's configuration": (lambda office: another_user_s(office.config), {10}),
    "another user's archive": (lambda office: another_user_s(office.archive), {14}),
    "another user's log": (every("audit", another_user_s), {14}),
    "another user's catalogue": (every("catalog.db", another_user_s), {0, 3, 13, 14}),
    "another user's shipments": (every("shipments/*", another_user_s), {0, 3, 13, 14, 15}),
}

ON_ANOTHER_DISK = {"a disk that has become read-only": (lambda office: None, {0, 14})}

UNUSABLE = {
    *("no configuration", "a directory for a configuration", "a configuration of garbage"),
    *("a configuration that is no TOML", "a configuration with unknown keys", "a configuration of wrong types"),
    *("a configuration that may not be read", "another user's configuration"),
}
"""Where the configuration is what is wrong, so that nothing that needs it can do anything."""

ELSEWHERE = AS_AN_ORDINARY_USER | ANOTHER_USERS | ON_ANOTHER_DISK
"""What needs a process of its own to be tried."""


def arguments_of(office, words):
    """What a command is called with in this office."""
    places = {name: office.root / name for name in ("new", "gdv", "handed")}
    p12 = office.root / "insurer-zweit" / "client.p12"
    filled = [word.format(root=office.root, p12=p12, **places) for word in CALLS[words]]
    return ["--config", str(office.config), *filled, "--json"]


def said_by(office, words):
    """What a command says and ends with, under --json."""
    out, err = io.StringIO(), io.StringIO()
    before, sys.stdin = sys.stdin, io.StringIO(PASSPHRASE)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(arguments_of(office, words), at_a_terminal())
    finally:
        sys.stdin = before
    return code, out.getvalue(), err.getvalue()


PASSPHRASE = "practice"
"""What opens the practice insurer's certificate; as a password it does for any."""


def is_a_bug(document):
    """Whether a document tells of an error that nobody thought of, however deep."""
    if isinstance(document, list):
        return any(map(is_a_bug, document))
    if not isinstance(document, dict):
        return False
    error = document.get("error")
    return (isinstance(error, dict) and error.get("code") == "unexpected") or any(map(is_a_bug, document.values()))


def problem_of(words, said, codes):
    """What is wrong with what a command said, None where nothing is."""
    code, out, err = said
    try:
        document = json.loads(out)
    except ValueError:
        return "no JSON document"
    if "Traceback" in err or is_a_bug(document) or (code == 1 and words not in PLUGINS):
        return "a bug"
    if code not in codes:
        return f"ends with {code}"
    error = document.get("error") if isinstance(document, dict) else None
    if error and not (error["message"].strip() and error["hint"].strip() and "\n" not in error["message"]):
        return "no clear sentence"
    return None


def allowed(words, situation, codes):
    """The exit codes that a command may end with in a situation."""
    name = " ".join(words)
    if name in NEEDS_NOTHING:
        return NEEDS_NOTHING[name] | ({14} if situation in ON_ANOTHER_DISK else set())
    if situation in UNUSABLE:
        return {3} if words in PLUGINS else {10}
    if words == ("certs", "check"):
        return {1} if situation == "a broken section" else {0, 3}
    if words == ("check",):
        # Where it can tell anything, it tells of what is in quarantine.
        return {0} if situation == "no insurers" else {1, 2, 3}
    if words[0] == "alert":
        # No mail server listens here.
        return codes | {3}
    if words == ("doctor",):
        # Nor does an insurer.
        return codes | {13}
    return codes | ({0} if name in LOOKS else set()) | ({2} if name in REFUSED else set())


def clear(problems, said):
    """What is wrong, with what was said, where anything is."""
    return {" ".join(words): (problem, *said[words]) for words, problem in problems.items() if problem}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_command_says_clearly_that_it_cannot_work(house, tmp_path, situation):
    spoil, codes = SITUATIONS[situation]
    problems, said = {}, {}
    for words in every_day(situation):
        office = copied(house, tmp_path / "-".join(words))
        spoil(office)
        said[words] = said_by(office, words)
        problems[words] = problem_of(words, said[words], allowed(words, situation, codes))
    assert clear(problems, said) == {}


AS_SOMEBODY = """
import contextlib, io, json, sys
from bipro_sync.cli.main import main

passphrase, calls = json.load(sys.stdin)
said = []
for arguments in calls:
    sys.stdin, out, err = io.StringIO(passphrase), io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    said.append((code, out.getvalue(), err.getvalue()))
json.dump(said, sys.stdout)
"""
"""Runs several commands in one process, which is another user's."""


def tried_as(house, tmp_path, situation, before):
    """The same, in a process that the words in *before* make another user's or put elsewhere."""
    spoil, codes = ELSEWHERE[situation]
    calls = {}
    for words in every_day(situation):
        office = copied(house, tmp_path / "-".join(words))
        spoil(office)
        calls[words] = arguments_of(office, words)
    child = subprocess.run(
        [*before, sys.executable, "-c", AS_SOMEBODY],
        input=json.dumps([PASSPHRASE, list(calls.values())]),
        capture_output=True,
        text=True,
        check=False,
    )
    if "permitted" in child.stderr or "mount" in child.stderr:
        pytest.skip(f"that is not permitted here: {child.stderr.strip()}")
    said = dict(zip(calls, json.loads(child.stdout), strict=True))
    return clear(
        {words: problem_of(words, each, allowed(words, situation, codes)) for words, each in said.items()}, said
    )


@pytest.mark.parametrize("situation", AS_AN_ORDINARY_USER)
def test_so_it_does_where_an_ordinary_user_may_not(house, tmp_path, situation, ordinary_user):
    assert tried_as(house, tmp_path, situation, ordinary_user) == {}


@pytest.mark.parametrize("situation", ANOTHER_USERS)
def test_so_it_does_with_what_is_another_user_s(house, tmp_path, situation, ordinary_user):
    if os.getuid():
        pytest.skip("only root can give files away")
    assert tried_as(house, tmp_path, situation, ordinary_user) == {}


def test_so_it_does_on_a_disk_that_has_become_read_only(house, tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    before = ["unshare", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, "sh", str(tmp_path)]
    assert tried_as(house, tmp_path, "a disk that has become read-only", before) == {}


OK, ERROR = {"exit_code": 0}, {"code": "x", "message": "It is so.", "hint": "Do this."}
BUG = {"error": {**ERROR, "code": "unexpected"}}


@pytest.mark.parametrize(
    ("document", "code", "err", "problem"),
    [
        (OK, 0, "", None),
        ({"error": ERROR}, 10, "error: It is so.", None),
        ({"detail": "the word unexpected is no bug"}, 0, "", None),
        (BUG, 10, "", "a bug"),
        ({"insurers": [{"error": None}, BUG]}, 10, "", "a bug"),
        (OK, 0, "Traceback (most recent call last):", "a bug"),
        (OK, 1, "", "a bug"),
        (OK, 14, "", "ends with 14"),
        ({"error": ERROR | {"hint": " "}}, 10, "", "no clear sentence"),
        ({"error": ERROR | {"message": "two\nlines"}}, 10, "", "no clear sentence"),
    ],
)
def test_what_is_no_clear_answer_would_be_seen(document, code, err, problem):
    assert problem_of(("pull",), (code, json.dumps(document), err), {0, 10}) == problem
    assert problem_of(("pull",), (code, json.dumps(document) * 2, err), {0, 10}) == "no JSON document"
