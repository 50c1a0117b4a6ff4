import contextlib
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

from bipro_sync.cli.main import main
from bipro_sync.sandbox.process import PracticeInsurer


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
        found = re.findall(r"^\d+ +(\w+)\((.*)\) += (.*)$", log.read_text(errors="replace"), re.MULTILINE)
        assert found, "nothing was traced"
        return Traced(child.stdout, found)

    return _traced


SCENARIO = """
[account]
username = "MAKLER-0815"
password = "wort & <schatz>"
"""

PASSWORD = "wort & <schatz>"


def one_shipment(shipment_id, *, category="100007000", more="", file='name = "Police.pdf"\ndocument = "police.pdf"'):
    files = f"[[shipment.transfer.file]]\n{file}\n" if file else ""
    return (
        f'\n[[shipment]]\nid = "{shipment_id}"\nposted = "2026-03-01T18:30:00"\ncategory = "{category}"\n'
        f"data_only = {'false' if file else 'true'}\n{more}\n"
        f'[[shipment.transfer]]\nfields = {{ Vorgangsnummer = "V-{shipment_id}" }}\n{files}'
    )


class Office:
    """A broker's office: a configuration, an archive, and practice insurers in other processes."""

    def __init__(self, root):
        self.root = root
        self.archive = root / "archive"
        self.insurers = {}
        self._sections = {}

    def opens(self, *scenario, name="muster", **section):
        """Starts a practice insurer with this scenario, and enters it into the configuration."""
        home = self.root / f"insurer-{name}"
        home.mkdir(exist_ok=True)
        (home / "scenario.toml").write_text(SCENARIO + "".join(scenario), encoding="utf-8")
        if name in self.insurers:
            self.insurers[name].stop()
        insurer = PracticeInsurer.start(home / "scenario.toml", home)
        self.insurers[name] = insurer
        self.configure(
            name,
            sts_url=insurer.sts_url,
            transfer_url=insurer.transfer_url,
            ca_file=str(insurer.ca_file),
            **section,
        )
        return insurer

    def configure(self, name="muster", **section):
        """Changes keys of an insurer's section; None removes one."""
        usual = {"environment": "test", "bipro_version": "2.6.1.1.0", "acknowledge": "auto"}
        keys = self._sections.setdefault(name, usual)
        keys.update(section)
        if not (self.root / "password").exists():
            self.password(PASSWORD)
        text = f'[archive]\nroot = "{self.archive}"\nreserve = "1 MiB"\n[alerts]\nnone = true\n'
        for insurer, values in self._sections.items():
            text += f"[insurers.{insurer}]\n"
            text += "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items() if value is not None)
            text += (
                f'[insurers.{insurer}.auth]\nmethod = "password"\nusername = "MAKLER-0815"\n'
                f'password = {{ file = "{self.root / "password"}" }}\n'
            )
        (self.root / "config.toml").write_text(text, encoding="utf-8")

    def password(self, text):
        path = self.root / "password"
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o400)

    def run(self, *arguments):
        """Runs a command in this process; returns exit code, stdout and stderr."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["--config", str(self.root / "config.toml"), *arguments])
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

    def states(self):
        """Where each shipment stands, by id."""
        return {each["id"]: each["state"] for each in self.ask("shipments", "list")[1]}

    def stored(self):
        """The digest of every file below shipments/ and quarantine/, by path."""
        return {
            str(path.relative_to(self.archive)): hashlib.sha256(path.read_bytes()).hexdigest()
            for place in ("shipments", "quarantine")
            for path in sorted((self.archive / place).rglob("*"))
            if path.is_file()
        }

    def calls(self, operation=None, name="muster"):
        """The calls the insurer saw, oldest first."""
        return [each for each in self.insurers[name].calls() if operation in {None, each["operation"]}]

    def close(self):
        for insurer in self.insurers.values():
            insurer.stop()


@pytest.fixture
def office(tmp_path):
    opened = Office(tmp_path)
    yield opened
    opened.close()
