"""`bipro-sync demo`: a whole pull against the practice insurer; it does nothing an operator could not type."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode, IntegrityError, UsageError
from .console import Console, invocation


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..sandbox.process import PracticeInsurer


_MARKER = ".bipro-sync-demo"
_SCENARIO = "demo"
_DATA_ONLY = "DEMO-012-RUECKSTAND"

_CONFIGURATION = """\
# Made by `bipro-sync demo`: the practice insurer on this machine, nothing else.

[archive]
root = {root}
reserve = "64 MiB"

[audit]
anchors = "none"

[alerts]
none = true

[insurers.practice]
profile = "generic"
environment = "test"
sts_url = {sts_url}
transfer_url = {transfer_url}
bipro_version = {version}
ca_file = {ca_file}
acknowledge = "auto"

[insurers.practice.auth]
method = "password"
username = {username}
password = {{ file = {password_file} }}
"""


def register(app: typer.Typer) -> None:
    """
    Add `demo`.
    """
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Where; made anew each time.  Default: a new directory here.")
    ] = None,
    keep_serving: Annotated[
        bool, typer.Option("--keep-serving", help="Leave the practice insurer running until Ctrl-C.")
    ] = False,
) -> None:
    """
    Run a practice insurer and pull from it.  Log in, list, fetch, store, acknowledge, verify.
    """
    from ..sandbox.process import serve

    console = invocation(context).console
    place = directory or Path(tempfile.mkdtemp(prefix="demo-archive-", dir=Path.cwd())).relative_to(Path.cwd())
    _start_clean(place)
    with serve(_SCENARIO, place / "insurer") as insurer:
        _configure(place, insurer)
        console.note(f"The practice insurer answers at {insurer.sts_url} (process {insurer.pid}).")
        run = _Demonstration(console, place, insurer.port)
        code = run.all_steps()
        console.answer(run.document(code), run.closing if code == ExitCode.OK else run.failure)
        if keep_serving and code == ExitCode.OK:
            console.note("The practice insurer goes on until Ctrl-C.")
            _wait(insurer)
    raise typer.Exit(code)


def _wait(insurer: PracticeInsurer) -> None:
    try:
        insurer.wait()
    except KeyboardInterrupt:
        return


def _start_clean(place: Path) -> None:
    """
    Make the directory, empty but for its marker; one that a demonstration did not make must be empty.
    """
    from .. import durable

    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise UsageError(f"{place} is not a directory.", hint="Name another one.")
    if (place / _MARKER).is_file():
        for folder, _, _ in os.walk(place):
            Path(folder).chmod(stat.S_IRWXU)
        durable.remove_tree(place)
    elif place.is_dir() and any(place.iterdir()):
        raise UsageError(f"{place} holds something that no demo made.", hint="Nothing was touched; name another one.")
    durable.make_directory(place.absolute())
    durable.write_new(place / _MARKER, b"bipro-sync demo may remove this directory.\n")


def _configure(place: Path, insurer: PracticeInsurer) -> None:
    from .. import durable
    from ..sandbox.loading import load

    scenario = load(_SCENARIO)
    password_file = place.absolute() / "password"
    durable.write_new(password_file, scenario.account.password.encode(), mode=0o400)
    configuration = _CONFIGURATION.format(
        root=_quoted(place.absolute() / "archive"),
        sts_url=_quoted(insurer.sts_url),
        transfer_url=_quoted(insurer.transfer_url),
        version=_quoted(scenario.transfer.bipro_version),
        ca_file=_quoted(insurer.ca_file or ""),
        username=_quoted(scenario.account.username),
        password_file=_quoted(password_file),
    )
    durable.write_new(place / "config.toml", configuration.encode())


def _quoted(text: Path | str) -> str:
    """
    Return a TOML string; JSON's are such.
    """
    return json.dumps(str(text), ensure_ascii=False)


def _program() -> str:
    """
    Return how this program is called from here.
    """
    script = Path(sys.executable).with_name("bipro-sync")
    found = shutil.which("bipro-sync")
    if found is not None and Path(found).resolve() == script.resolve():
        return "bipro-sync"
    if not script.is_file():
        return shlex.join([sys.executable, "-m", "bipro_sync"])
    here = Path.cwd()
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))


@dataclass(slots=True)
class _Demonstration:
    console: Console
    place: Path
    port: int
    steps: list[dict[str, str | int]] = field(default_factory=list)

    def all_steps(self) -> int:
        """
        Run the commands until one fails, and return its exit code.
        """
        if code := self._run(["pull"], ["status"], ["archive", "verify"], ["audit", "verify"]):
            return code
        stored = self._archived()
        if code := self._run(["pull"]):
            return code
        if self._archived() != stored:
            raise IntegrityError("The second pull changed the archive.")
        self.console.note("", f"The second pull found nothing new and changed none of {len(stored)} archived files.")
        return ExitCode.OK

    def _run(self, *commands: list[str]) -> int:
        # Without a terminal, commands that act say nothing of their success unless they are asked to say more.
        more = [] if self.console.json or sys.stdout.isatty() else ["-v"]
        for words in ([*command, *more] for command in commands):
            self.console.note("", f"$ {self._shown(*words)}")
            command = [sys.executable, "-m", "bipro_sync", "--config", str(self.place / "config.toml"), *words]
            done = subprocess.run(  # noqa: S603  our own program
                command, check=False, stdout=sys.stderr if self.console.json else None
            )
            self.steps.append({"command": shlex.join(words), "exit_code": done.returncode})
            if done.returncode != ExitCode.OK:
                return done.returncode
        return ExitCode.OK

    def _shown(self, *words: str) -> str:
        return f"{_program()} --config {shlex.quote(str(self.place / 'config.toml'))} {shlex.join(words)}"

    def _archived(self) -> dict[str, str]:
        root = self.place / "archive" / "shipments"
        return {
            str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }

    def document(self, code: int) -> dict[str, object]:
        """
        Return what `--json` prints.
        """
        return {"directory": str(self.place.absolute()), "steps": self.steps, "exit_code": int(code)}

    def failure(self, console: RichConsole) -> None:
        """
        Say which command failed.
        """
        last = self.steps[-1]
        console.print(f"\nThe demonstration stopped: `{last['command']}` ended with exit code {last['exit_code']}.")

    def closing(self, console: RichConsole) -> None:
        """
        Say where to look next.
        """
        serve = ["sandbox", "serve", "--scenario", _SCENARIO]
        serve += ["--directory", str(self.place / "insurer"), "--port", str(self.port)]
        lines = {
            "the files": f"ls -R {shlex.quote(str(self.place / 'archive' / 'shipments'))}",
            "what came": self._shown("shipments", "list"),
            "one of them": self._shown("shipments", "show", _DATA_ONLY),
            "the audit log": self._shown("audit", "list"),
            "the insurer's side": f"cat {shlex.quote(str(self.place / 'insurer' / 'calls.jsonl'))}",
            "the insurer again": f"{_program()} {shlex.join(serve)}",
        }
        console.print("\nWhere to look next:")
        for what, command in lines.items():
            console.print(f"  {what + ':':<20} {command}", soft_wrap=True)
