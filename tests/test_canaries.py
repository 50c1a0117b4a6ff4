"""Secrets and customers' names are sent through every command there is, and looked for wherever they do not belong.

Below the archive's root customers' names belong into what was delivered (shipments, quarantine, spool while a run is
under way) and the catalogue, outside of it into the second copy, hand-over and exports; on stdout they are what some
commands are asked for.  Secrets belong nowhere.
"""

import base64
import html
import json
import re
import resource
import signal
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from pysqlite3 import dbapi2
from typer.core import TyperGroup

from bipro_sync.cli import main as way_in
from bipro_sync.gdv import parts
from samples.synthetic.delivery import header, joined
from samples.synthetic.parts import BEHIND, record

from .bipro.fixtures import TOKEN, answer, message, token_answer
from .bipro.insurer import Insurer
from .bipro.recorders import Observer


CUSTOMER = "Kanarienvogel"
PASSWORD = "wort & <schatz>"
PASSPHRASE = 'Satz "der" Kanarie & mehr'
HUB_KEY = "schlüssel/der+Kanarie="

SHOWS_CUSTOMERS = {
    ("shipments", "list"),
    ("shipments", "show"),
    ("documents", "list"),
    ("documents", "show"),
    ("documents", "search"),
    ("contracts", "list"),
    ("contracts", "show"),
    ("contracts", "history"),
    ("contracts", "diff"),
    ("gdv", "records"),
    ("gdv", "export"),
    ("gdv", "diff"),
    ("inbox", "list"),
}
"""The commands that are asked for what was delivered: on stdout, and nowhere else."""

TAKES_CUSTOMERS_OUT = {("documents", "export"), ("inbox", "list")}
"""The commands that bring what was delivered into a new place: there, and nowhere else."""

NOT_WALKED = {
    ("sandbox", "serve"): "it is the other side, and knows none of our secrets",
    ("daemon",): "it runs until it is stopped, and what it does is a pull in another process",
    ("demo",): "it has an archive and an insurer of its own",
}

GIVEN = {
    "shipment": "A",
    "ids": "A",
    "name": "muster",
    "words": "Kanarien",
    "reason": "for the test",
    "numbers": "1",
    "at": "2026-11-21",
    "out": "{new}",
    "file": "{new}",
    "files": "{gdv}",
    "source": "{gdv}",
    "insurer": "zweit",
    "profile": "allianz",
    "kind": "mail",
    "number": "4711",
    "old": "A",
    "new": "A",
    "form": "jsonl",
    "earlier": "{gdv}",
    "later": "{gdv}",
    "unit": "bipro-sync-pull@muster.service",
}
"""What is given for a parameter that must be given, by its name; {new} and {handed} are where nothing is yet,
and {handed} may hold customers' names later; {gdv} is a GDV file with the customer's name in every field."""

NUMBER, POLICY_NUMBER = "4711", slice(13, 30)
"""The policy number in that file, and where records have it."""

OF_CUSTOMERS = [part for part in parts() if part.record_type not in {"0001", "9999"}]
"""The parts of GDV records that are not about the file itself."""

FURTHER = {
    ("report", "month"): [["--month", "2026-11", "--out", "{made}"]],
    ("report", "run"): [["--out", "{made}"]],
    ("pull",): [["--dry-run"], ["--retry-failed", "--insurer", "muster", "--shipment", "C-WRONG"]],
    ("status",): [["--max-age", "1 day"], ["--prometheus", "{new}"]],
    ("check",): [["--max-age", "1 day"], ["--insurer", "nobody"]],
    ("shipments", "show"): [["B-FAILS"], ["D-FOREIGN"], ["A", "--schema"]],
    ("shipments", "hold"): [["B-FAILS", "--reason", "for the test"]],
    ("shipments", "release"): [["B-FAILS", "--reason", "for the test"]],
    ("shipments", "retry"): [["C-WRONG", "D-FOREIGN", "--reason", "for the test"]],
    ("shipments", "ack"): [
        ["Z", "--reason", "for the test", "--yes"],
        ["D-FOREIGN", "--reason", "for the test", "--yes"],
    ],
    ("credentials", "set"): [["{root}/passphrase"]],
    ("certs", "import"): [["{p12}", "--insurer", "zweit", "--to", "{new}.p12"]],
    ("archive", "rebuild"): [["--verify"]],
    ("inbox", "list"): [["--all", "--html", "{new}"]],
    ("handover", "run"): [["--shipment", "A"], ["--shipment", "D-FOREIGN"]],
    ("archive", "keep"): [["A", "--reason", "for the test"], ["--everything", "--reason", "for the test"]],
    ("archive", "prune"): [["--execute", "of-another-plan"]],
    ("audit", "prune"): [["--execute", "of-another-plan"]],
    ("archive", "copy"): [["--take"]],
    ("gdv", "info"): [["{gdv}", "--encoding", "cp1141"]],
    ("gdv", "records"): [["{gdv}", "--raw"], ["{gdv}", "--number", "Kanarien"]],
    ("gdv", "export"): [
        ["{gdv}", "--format", "csv", "--out", "{handed}"],
        ["{gdv}", "--format", "parquet", "--out", "{handed}"],
    ],
}
"""Calls of a command beside the plainest one."""


def registered():
    """Every command that is no group: its words and its parameters."""

    def leaves(command, *words):
        if isinstance(command, TyperGroup):
            for name in command.list_commands(None):
                yield from leaves(command.get_command(None, name), *words, name)
        else:
            yield words, command.params

    return dict(leaves(typer.main.get_command(way_in.app)))


def calls_of(words, params):
    """The arguments to call a command with."""
    plainest = []
    for param in params:
        if param.required:
            assert param.name in GIVEN, f"what is given for {param.name} of {' '.join(words)} must be said here"
            plainest += [param.opts[0]] * param.opts[0].startswith("-") + [GIVEN[param.name]]
    return [[*words, *arguments] for arguments in [plainest, *FURTHER.get(words, [])]]


def disguised(secret):
    """A text as it may stand in XML, JSON, an address or a header."""
    plain = secret.encode()
    forms = {secret, html.escape(secret), html.escape(secret, quote=False), json.dumps(secret)[1:-1], quote(secret)}
    return {
        *(form.encode() for form in forms),
        base64.b64encode(plain),
        plain.hex().encode(),
        plain.decode().encode("latin-1"),
    }


class Watch:
    """Looks for the canaries in what was said and in all files but those where they belong."""

    def __init__(self, office, *secrets):
        self.office = office
        self.secrets = set().union(*map(disguised, (PASSWORD, PASSPHRASE, HUB_KEY, TOKEN)), secrets)
        self.said = 0
        self.exports = []

    def hears(self, text, *, customers=False):
        """What was said holds no secret, and no customer's name unless these may be in it."""
        self.said += len(text)
        self._clean(text.encode("utf-8", "surrogatepass"), "what was said", customers=customers)

    def looks(self, *, under_way=False):
        """No file holds a secret, and none outside of what was delivered and the catalogue a customer's name."""
        archive = self.office.archive
        delivered = [
            base / place for base in (archive, self.office.root / "copy") for place in ("shipments", "quarantine")
        ]
        delivered += [self.office.root / "backup" / "objects", self.office.root / "dms", *self.exports]
        own = [
            self.office.root / name
            for name in (
                "password",
                "passphrase",
                "hub-key",
                "signing-key",
                "insurer-muster",
                "insurer-zweit",
                "gdv",
                "handed",
            )
        ]
        if under_way:
            delivered.append(archive / "spool")
        files = [path for path in self.office.root.rglob("*") if path.is_file()]
        assert files
        for path in files:
            if not any(path.is_relative_to(place) for place in own):
                within = any(path.is_relative_to(place) for place in delivered)
                self._clean(path.read_bytes(), path, customers=within or path.name.startswith("catalog.db"))

    def _clean(self, data, where, *, customers):
        assert [secret for secret in self.secrets if secret in data] == [], where
        assert not re.search(rb"bipro:[\w-]{16,}", data), f"a token in {where}"
        assert customers or CUSTOMER.lower().encode() not in data.lower(), f"a customer in {where}"


@pytest.fixture
def watched(office, monkeypatch):
    """An office with canaries in every secret and in everything delivered, and who looks for them."""
    (office.root / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(office.root / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name in ("copy", "made", "anchor", "handed", "backup", "dms"):
        (office.root / name).mkdir(mode=0o700)
    (office.root / "gdv").write_bytes(joined(header(), map(record_of, OF_CUSTOMERS)))
    signing = office.root / "signing-key"
    _, public, _ = office.run("audit", "key", "new", str(signing))
    office.head = (
        f'second_copy = "{office.root / "copy"}"\n[audit]\nkey = "{signing}"\nknown_keys = ["{public.strip()}"]\n'
        f'anchors = [{{ kind = "directory", path = "{office.root / "anchor"}" }}]\n'
        f'[backup]\ndirectory = "{office.root / "backup"}"\n{office.head}'
        f'[handover.dms]\ntarget = "{office.root / "dms"}"\n'
    )
    open_insurers(office)
    p12 = office.insurers["zweit"].client_p12
    key, *_ = pkcs12.load_key_and_certificates(p12.read_bytes(), PASSPHRASE.encode())
    forms = [
        key.private_bytes(encoding, form, serialization.NoEncryption())
        for encoding, form in (
            (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8),
            (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8),
            (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL),
        )
    ]
    return Watch(
        office,
        signing.read_bytes().strip().split(b"+", 4)[-1],
        *(form[len(form) // 2 :][:40].strip() for form in forms),
    )


def record_of(part):
    """A record of this part that has the customer's name in every field behind what tells its part."""
    line = list(record(part, {}))
    line[POLICY_NUMBER] = NUMBER.rjust(17)
    for field in part.fields:
        if field.start > BEHIND and not field.constant:
            line[field.start - 1 : field.start - 1 + field.length] = CUSTOMER.ljust(field.length)[: field.length]
    return "".join(line)


def open_insurers(office, *misbehaviour):
    customer = f', Freitext = "{CUSTOMER}", Partner = {{ Name = "{CUSTOMER}" }}'
    listed = f'further = {{ Betreff = "{CUSTOMER}" }}'
    text = f'text = "Sehr geehrter Herr {CUSTOMER}"\nmedia_type = "text/plain"'

    def shipment(name, more=""):
        made = office.shipment(name, fields=customer + more, more=listed, file=text)
        return made.replace('"Police.pdf"', f'"{CUSTOMER}.txt"')

    foreign = f', Vermittler = {{ Vermittlernummer = "{CUSTOMER}" }}'
    office.opens(
        f"[hub]\napi_key = {json.dumps(HUB_KEY)}\n",
        *map(shipment, ("A", "B-FAILS", "C-WRONG")),
        shipment("D-FOREIGN", foreign),
        office.fault("getShipment", "missing-part", shipment="B-FAILS"),
        office.fault("getShipment", "wrong-checksum", shipment="C-WRONG"),
        *misbehaviour,
        broker_numbers=["ERF-4711"],
    )
    hub = {"api_key": office.secret("hub-key", HUB_KEY), "url": office.insurers["muster"].hub_url}
    office.configure(auth=office.by_password() | {"hub": hub})
    office.opens(f'login = "certificate"\n[x509]\npassphrase = {json.dumps(PASSPHRASE)}\n', shipment("Z"), name="zweit")
    certificate = office.by_certificate(name="zweit")
    certificate["certificate"]["passphrase"] = office.secret("passphrase", PASSPHRASE)
    office.configure("zweit", auth=certificate, acknowledge="manual")


MODES = ([], ["-v"], ["-vv", "--json"], ["--quiet"])


def walk(watch, modes=MODES):
    """Calls every command in each of the modes; returns the exit codes of each."""
    codes = {}
    for words, params in registered().items():
        if words in NOT_WALKED:
            continue
        for call in calls_of(words, params):
            for mode in modes:
                new = watch.office.root / "made" / str(watch.said)
                places = {
                    "new": new,
                    "made": new.parent,
                    "gdv": watch.office.root / "gdv",
                    "handed": watch.office.root / "handed" / new.name,
                    "root": watch.office.root,
                    "p12": watch.office.insurers["zweit"].client_p12,
                }
                filled = [word.format_map(places) for word in call]
                if words in TAKES_CUSTOMERS_OUT:
                    watch.exports.append(new)
                code, out, err = watch.office.run(*filled, *mode, typed=PASSPHRASE)
                codes.setdefault(words, set()).add(code)
                watch.hears(out, customers=words in SHOWS_CUSTOMERS)
                watch.hears(err)
    return codes


def test_no_command_says_or_leaves_a_secret_or_a_customer_anywhere_but_where_asked(watched):
    office = watched.office
    codes = walk(watched)
    watched.looks()

    # A monitoring plug-in's 1 is a warning.
    plugins = {("check",), ("certs", "check")}
    assert {words for words, found in codes.items() if 1 in found} <= plugins, "no command met a bug"
    refused = {words for words, found in codes.items() if found == {2}}
    asking = {("init",), ("insurers", "add")}
    no_work = {("archive", "let-go"), ("contracts", "diff"), ("backup", "restore")}
    assert refused == no_work | asking, (
        "each got as far as its work; no hold has the number 1, A has no GDV file, nothing is restored over an archive"
    )
    assert {name: state for name, state in office.states().items() if state == "acknowledged"}.keys() == {"A", "Z"}
    ways = {"B-FAILS": "failed", "C-WRONG": "quarantined", "D-FOREIGN": "quarantined"}
    assert {name: way in office.history(name) for name, way in ways.items()} == dict.fromkeys(ways, True)
    delivered = b"".join(path.read_bytes() for path in (office.archive / "shipments").rglob("*") if path.is_file())
    assert CUSTOMER.encode() in delivered, "the archive holds what was delivered"
    assert CUSTOMER in office.run("shipments", "show", "A")[1], "who asks for it is shown it"
    handed = {path.name for path in (office.root / "dms").rglob("*") if path.is_file()}
    assert any(name.startswith("A_") for name in handed), "who is to have it was handed it"
    assert not any("FOREIGN" in name for name in handed)
    assert watched.said > 10_000


def test_no_command_says_them_when_everything_is_broken(watched):
    """A refused password, a passphrase that opens nothing, a manifest of other words, a destroyed catalogue."""
    office = watched.office
    assert office.run("pull")[0] == 3
    for path in office.archive.glob("shipments/*/*/*/*/manifest.json"):
        path.chmod(0o600)
        path.write_text(json.dumps({"shipment": CUSTOMER}), encoding="utf-8")
    office.configure(auth=office.by_password() | {"username": "NOBODY"})
    office.secret("passphrase", f"{PASSPHRASE}, and not quite")
    codes = walk(watched, (["-v"],))
    assert codes["pull",] >= {12}
    assert codes["archive", "verify"] == {15}

    with dbapi2.connect(office.archive / "catalog.db") as connection:
        connection.execute(f"UPDATE shipments SET state = '{CUSTOMER}', stored_at = '{CUSTOMER}'")
    connection.close()
    walk(watched, (["-v"],))
    (office.archive / "catalog.db").write_bytes(CUSTOMER.encode() * 1000)
    walk(watched, (["-v"], ["-vv", "--json"]))
    (office.archive / "catalog.db").unlink()
    watched.looks()


def test_a_secret_written_into_the_configuration_itself_is_said_by_nobody(watched):
    office = watched.office
    literal = office.by_password() | {"password": PASSWORD, "hub": {"api_key": HUB_KEY}}
    for auth in (literal, literal | {"method": PASSPHRASE}, PASSWORD):
        office.configure(auth=auth)
        for command in (["config", "check"], ["config", "show"], ["doctor"], ["pull"], ["insurers", "list"]):
            for mode in MODES:
                _, out, err = office.run(*command, *mode)
                watched.hears(out + err)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (["07"], 12),
        (["09"], 13),
        ([None, "33"], 13),
        ([None, "36", "45", "45", "45", "45"], 3),
        ([None, "30", "61", "61", "61", "61"], 3),
        ([None, "30", "44", "47", "51", "82"], 3),
        ([None, "81"], 13),
    ],
)
def test_what_an_insurer_says_in_its_messages_is_not_repeated(watched, script, code):
    office = watched.office
    insurer = Insurer(Observer())
    office.configure(
        sts_url=insurer.url("/sts"),
        transfer_url=insurer.url("/transfer"),
        auth=office.by_password(),
        broker_numbers=None,
    )
    said = [message(name).replace(b"erfunden", CUSTOMER.encode()) if name else b"" for name in script]
    for name, body in zip(script, said, strict=True):
        status = 500 if name in {"07", "09", "61", "82"} else 200
        insurer.script.append(answer(body, status=status) if name else token_answer())
    insurer.script.extend([answer(b"", status=503)] * 20)
    got, out, err = office.run("pull", "-v", "--insurer", "muster")
    insurer.close()
    assert any(CUSTOMER.encode() in each for each in said), "the canary was in what the insurer said"
    watched.hears(out + err)
    watched.looks()
    assert got == code, err


def allow_core_files():
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


@pytest.mark.parametrize("operation", ["hubLogin", "login", "listShipments", "getShipment", "acknowledgeShipment"])
def test_a_run_that_is_killed_leaves_nothing_of_what_it_had_in_hand(watched, operation):
    office = watched.office
    open_insurers(office, office.fault("hub" if operation == "hubLogin" else operation, "stall", seconds=3, times=1))
    (office.root / "here").mkdir()
    child = office.start(
        *("pull", "-vv", "--no-wait", "--insurer", "muster"),
        cwd=office.root / "here",
        preexec_fn=allow_core_files,
    )
    office.under_way({"login": "RequestSecurityToken"}.get(operation, operation))
    child.send_signal(signal.SIGABRT)
    out, err = child.communicate()
    assert child.returncode == -signal.SIGABRT
    watched.hears(out + err)
    watched.looks(under_way=True)
    assert list((office.root / "here").iterdir()) == [], "no core file"
    office.run("insurers", "unblock", "muster", "--reason", "for the test")
    assert office.run("pull", "-v")[0] == 3
    watched.looks()


def test_a_process_of_ours_asks_for_no_core_file_whatever_its_surroundings_allow(watched):
    office = watched.office
    open_insurers(office, office.fault("listShipments", "stall", seconds=3, times=1))
    child = office.start("pull", "--insurer", "muster", preexec_fn=allow_core_files)
    office.under_way("listShipments")
    limits = Path(f"/proc/{child.pid}/limits").read_text(encoding="ascii")
    assert re.search(r"^Max core file size\s+0\s+0\s", limits, re.MULTILINE)


def test_every_command_is_walked_or_has_a_reason_not_to_be():
    commands = set(registered())
    assert commands >= set(NOT_WALKED)
    assert commands >= set(FURTHER)
    assert commands >= SHOWS_CUSTOMERS | TAKES_CUSTOMERS_OUT
    for words, params in registered().items():
        assert words in NOT_WALKED or calls_of(words, params)
