import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings

from bipro_sync.cli.main import main
from bipro_sync.config import load
from bipro_sync.insurers import effective
from bipro_sync.model.rights import Verb
from bipro_sync.sync.progress import Progress
from bipro_sync.sync.pull import pull
from bipro_sync.sync.selection import PullOptions
from bipro_sync.sync.workplace import open_workplace

from .identities import at_a_terminal
from .practice_insurers import PracticeInsurers
from .tracing import system_calls


# No insurer of a test's is known to the system's authorities, and every TLS context would read all of them anew.
os.environ["SSL_CERT_FILE"] = os.devnull
# The many programs that tests start need not compile each module again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How fast examples are made is the machine's business of the day, and no property of ours.
settings.register_profile("everyday", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "long", max_examples=5_000, deadline=timedelta(seconds=2), suppress_health_check=list(HealthCheck), print_blob=True
)
settings.load_profile("everyday")


@dataclass(frozen=True)
class Traced:
    """What a traced process said, and its system calls in order: name, arguments (with paths), result."""

    output: str
    calls: list[tuple[str, str, str]]

    def positions(self, name, argument):
        return [
            place for place, (called, arguments, _) in enumerate(self.calls) if called == name and argument in arguments
        ]


@pytest.fixture
def traced(tmp_path):
    """Runs a Python script as a process of its own under strace; *options* may inject faults into its system calls."""
    log = tmp_path / "strace.log"
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    if subprocess.run([strace, "-o", log, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not permitted here")

    def _traced(script, *arguments, options):
        child = subprocess.run(
            [strace, "-f", "-y", "-s", "4096", "-o", log, *options, sys.executable, "-c", script, *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert child.returncode == 0, child.stderr
        found = [(call.name, call.arguments, call.result) for call in system_calls(log.read_text(errors="replace"))]
        assert found, "nothing was traced"
        return Traced(child.stdout, found)

    return _traced


@pytest.fixture
def umask_of_a_unit():
    """What our units keep from others by default (UMask=0077)."""
    before = os.umask(0o077)
    yield
    os.umask(before)


SCENARIO = """
[account]
username = "MAKLER-0815"
password = "wort & <schatz>"
"""

PASSWORD = "wort & <schatz>"

PATIENCE = 20
"""Seconds after which something that should happen in another process is given up."""


class Office:
    """A broker's office: a configuration, an archive, and practice insurers in other processes.

    Only a *patient* office waits to repeat what failed for a passing reason; *identity* is who runs its commands."""

    def __init__(self, root, practice_insurers):
        self.root = root
        self.archive = root / "archive"
        self.config = root / "config.toml"
        self.head = "[alerts]\nnone = true\n"
        self.patient = False
        self.read_pdf = False  # it is tested where it is the subject; elsewhere it would be a process more each pull
        self.identity = at_a_terminal()
        self.insurers = {}
        self._practice_insurers = practice_insurers
        self._sections = {}
        self._children = []

    @staticmethod
    def shipment(shipment_id, *, category="100007000", more="", fields="", file='document = "police.pdf"'):
        """The lines of a scenario for one shipment; a *file* of None makes it data only."""
        files = f'[[shipment.transfer.file]]\nname = "Police.pdf"\n{file}\n' if file else ""
        return (
            f'\n[[shipment]]\nid = "{shipment_id}"\nposted = "2026-03-01T18:30:00"\ncategory = "{category}"\n'
            f"data_only = {'false' if file else 'true'}\n{more}\n"
            f'[[shipment.transfer]]\nfields = {{ Vorgangsnummer = "V-{shipment_id}"{fields} }}\n{files}'
        )

    @staticmethod
    def fault(operation, action, **arguments):
        """The lines of a scenario that let one thing go wrong."""
        keys = {"on": operation, "do": action} | arguments
        return "\n[[misbehave]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())

    def opens(self, *scenario, name="muster", **section):
        """Starts a practice insurer with this scenario, or starts it anew, and enters it into the configuration."""
        home = self.root / f"insurer-{name}"
        home.mkdir(exist_ok=True)
        (home / "scenario.toml").write_text(SCENARIO + "".join(scenario), encoding="utf-8")
        if name in self.insurers:
            self.insurers[name].stop()
        insurer = self._practice_insurers.start(home / "scenario.toml", home)
        self.insurers[name] = insurer
        self.configure(name, **self.addresses(name) | section)
        return insurer

    def addresses(self, name="muster"):
        """The keys of a section that say where an insurer is."""
        insurer = self.insurers[name]
        return {"sts_url": insurer.sts_url, "transfer_url": insurer.transfer_url, "ca_file": str(insurer.ca_file)}

    def configure(self, name="muster", **section):
        """Changes keys of an insurer's section; None removes one."""
        usual = {"environment": "test", "bipro_version": "2.6.1.1.0", "acknowledge": "auto", "workers": 1}
        self._sections.setdefault(name, usual).update(section)
        self.write_config()

    def write_config(self):
        """Writes the configuration anew."""
        if not (self.root / "password").exists():
            self.password(PASSWORD)
        text = f'[archive]\nroot = "{self.archive}"\nreserve = "1 MiB"\nread_pdf = {_toml(self.read_pdf)}\n{self.head}'
        for insurer, values in self._sections.items():
            text += f"[insurers.{insurer}]\n"
            tables = {"auth": self.by_password()} | values
            text += "".join(f"{key} = {_toml(value)}\n" for key, value in tables.items() if value is not None)
        self.config.write_text(text, encoding="utf-8")
        self.config.chmod(0o600)

    def password(self, text):
        self.secret("password", text)

    def secret(self, name, text):
        """Writes a secret's file anew; returns the reference to it."""
        path = self.root / name
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o400)
        return {"file": str(path)}

    def by_password(self):
        """The usual login."""
        return {"method": "password", "username": "MAKLER-0815", "password": {"file": str(self.root / "password")}}

    def by_certificate(self, file="client.p12", *, method="certificate", name="muster", kind="house"):
        """A login with a certificate that the practice insurer has made."""
        path = self.insurers[name].client_p12.with_name(file)
        passphrase = self.secret("passphrase", "practice")
        return {"method": method, "certificate": {"file": str(path), "passphrase": passphrase, "kind": kind}}

    def run(self, *arguments, typed=""):
        """Runs a command in this process, *typed* coming by stdin; returns exit code, stdout and stderr."""
        if arguments[0] == "pull" and not self.patient:
            arguments = (*arguments, "--no-wait")
        out, err = io.StringIO(), io.StringIO()
        before, sys.stdin = sys.stdin, io.StringIO(typed)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(["--config", str(self.config), *arguments], self.identity)
        finally:
            sys.stdin = before
        return code, out.getvalue(), err.getvalue()

    def ask(self, *arguments):
        """Runs a command with --json; returns its exit code and its document."""
        code, out, _ = self.run(*arguments, "--json")
        return code, json.loads(out)

    def pull(self, *arguments, name="muster"):
        """Pulls, and returns the one insurer's part of the answer."""
        code, document = self.ask("pull", *arguments)
        assert code == document["exit_code"], document
        return next(each for each in document["insurers"] if each["insurer"] == name)

    def pull_at(self, clock, *, name="muster", identity=None, **options):
        """Pulls with a clock of the test's own, as *identity* if given; returns the insurer's result."""
        config = load(self.config)
        with open_workplace(config, clock, Verb.PULL, identity=identity or self.identity) as place:
            result = pull(
                place,
                [effective(config)[name]],
                PullOptions(repeats=self.patient, **options),
                progress=Progress(),
                stop=lambda: None,
            )
        return result.insurers[0]

    def start(self, *arguments, terminal=subprocess.PIPE, before=(), **process):
        """Starts a command as a process of its own; *before* are words that change how, *terminal* takes its output."""
        command = [*before, sys.executable, "-m", "bipro_sync", "--config", str(self.config), *arguments]
        child = subprocess.Popen(command, stdout=terminal, stderr=terminal, text=True, **process)
        self._children.append(child)
        return child

    @staticmethod
    def given(command, *arguments):
        """Runs a program of its own to its end; the last argument is what stdin brings."""
        *words, text = arguments
        return subprocess.run([*command, *words], input=text, capture_output=True, text=True, check=False)

    def states(self):
        """Where each shipment stands, by id."""
        return {each["id"]: each["state"] for each in self.ask("shipments", "list")[1]}

    def history(self, shipment_id):
        """Every state a shipment has had, oldest first."""
        return [step["to"] for step in self.ask("shipments", "show", shipment_id)[1]["history"]]

    def stored(self):
        """The digest of every file below shipments/ and quarantine/, by path."""
        return {
            str(path.relative_to(self.archive)): hashlib.sha256(path.read_bytes()).hexdigest()
            for place in ("shipments", "quarantine")
            for path in sorted((self.archive / place).rglob("*"))
            if path.is_file()
        }

    def records(self, *types):
        """The audit log's records as they stand in its files, oldest first."""
        lines = [
            line
            for path in sorted((self.archive / "audit").glob("audit-*.jsonl"))
            for line in path.read_bytes().split(b"\n")[:-1]
            if b"\0" not in line  # what a power cut took, until a run moves it aside
        ]
        return [record for record in map(json.loads, lines) if not types or record["type"] in types]

    def calls(self, operation=None, name="muster"):
        """The calls the insurer saw, oldest first."""
        return [each for each in self.insurers[name].calls() if operation in {None, each["operation"]}]

    def fired(self, name="muster"):
        """What went wrong at the insurer: each call with what the script did to it."""
        return [
            (each["operation"], each.get("shipment"), what) for each in self.calls(name=name) for what in each["fired"]
        ]

    def under_way(self, operation):
        """Waits until a call of this operation is under way, which the insurer must let stall."""
        self.until(
            lambda: (
                {each["call"] for each in self.records("call.intent") if each["operation"] == operation}
                - {each["call"] for each in self.records("call.outcome")}
            )
        )
        time.sleep(0.5)  # from the intent to the last byte of the request

    @staticmethod
    def until(condition):
        """Waits for something that another process does, and returns it."""
        end = time.monotonic() + PATIENCE
        while not (found := condition()):
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.01)
        return found

    def close(self):
        for child in self._children:
            child.kill()
            child.communicate()
        for insurer in self.insurers.values():
            insurer.stop()


@pytest.fixture
def ordinary_user():
    """The words before a command that make it run without root's rights, with this user's files as its own."""
    if os.getuid():
        return []
    words = ["unshare", "--map-user=1000", "--map-group=1000"]
    if shutil.which("unshare") is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("giving up root's rights is not permitted here")
    return words


@pytest.fixture
def another_users(ordinary_user):
    """Gives a file or directory away to another user; returns the words that make a command run without its rights."""
    if os.getuid():
        pytest.skip("only root can give files away")

    def _another_users(path):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.chown(path, 4242, 4242)
        return ordinary_user

    return _another_users


def _toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


@pytest.fixture(scope="session")
def practice_insurers():
    """Starts practice insurers, each a process of its own."""
    opened = PracticeInsurers()
    yield opened
    opened.close()


@pytest.fixture
def office(tmp_path, practice_insurers):
    opened = Office(tmp_path, practice_insurers)
    yield opened
    opened.close()
