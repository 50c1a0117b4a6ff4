"""The manual page, in roff: made from the commands and their help, so that neither knows what the other does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from typer.core import TyperArgument, TyperGroup

from .. import __version__
from ..errors import ExitCode


EXIT_CODES: Mapping[ExitCode, str] = {
    ExitCode.OK: "Done, nothing wrong; also: nothing new.",
    ExitCode.UNEXPECTED: "An unexpected error: a bug.",
    ExitCode.USAGE: "Usage; also: a decision that a shipment's state does not allow.",
    ExitCode.PARTIAL: "In this run something needs a person's eye: a shipment, a missing right, an anchor.",
    ExitCode.CONFIGURATION: "The configuration cannot be used.",
    ExitCode.BUSY: "Another run is at work on the same.",
    ExitCode.LOGIN: "A login was refused, or a credential is missing.  Do not repeat it.",
    ExitCode.INSURER: "An insurer is unreachable or faulting.  A repetition helps.",
    ExitCode.STORAGE: "Storage: disk full, I/O, catalogue missing or damaged.",
    ExitCode.INTEGRITY: "Archive or audit log is not what it was.",
    ExitCode.STALE: "Nothing for longer than allowed.",
    ExitCode.NOT_PERMITTED: "Not permitted: person, role, contract, suspension.",
    ExitCode.INTERRUPTED: "Interrupted.",
    ExitCode.TERMINATED: "Terminated.",
}
"""What the exit codes mean, in short; docs/exit-codes.md has the rest."""

_OPTIONS = "[\\fIoptions\\fR] "
_BLANKS = re.compile(r"\s+")
_ROFF = str.maketrans({"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga"})
"""What means something to roff, and how it is written where it does not."""


def manual_page(root: Any) -> str:
    """
    Return the page for the program whose command is *root*.
    """
    return "".join(f"{line}\n" for line in _lines(root))


def _lines(root: Any) -> Iterator[str]:
    yield f'.TH BIPRO\\-SYNC 1 "" "bipro\\-sync {_text(__version__)}" "bipro\\-sync"'
    # Neither hyphens nor gaps in lines that people copy.
    yield ".nh"
    yield ".ad l"
    yield ".SH NAME"
    yield "bipro\\-sync \\- fetch, keep and account for what insurers put into a broker's BiPRO mailbox"
    yield ".SH SYNOPSIS"
    yield ".B bipro\\-sync"
    yield f"{_OPTIONS}\\fIcommand\\fR ..."
    yield ".SH DESCRIPTION"
    yield _text(root.help)
    yield ".SH OPTIONS"
    yield _text(root.epilog)
    for param in root.params:
        yield from _option(param)
    yield ".SH COMMANDS"
    for words, command in _commands(root):
        yield from _command(words, command)
    yield ".SH EXIT STATUS"
    for code in ExitCode:
        yield ".TP"
        yield f".B {int(code)}"
        yield _text(EXIT_CODES[code])
    yield ".SH FILES"
    yield ".TP"
    yield ".I /etc/bipro\\-sync/config.toml"
    yield "The configuration, unless \\fB\\-\\-config\\fR or \\fBBIPRO_SYNC_CONFIG\\fR names another."
    yield ".SH SEE ALSO"
    yield ".BR systemd.timer (5),"
    yield ".BR systemd\\-creds (1)"


def _commands(group: TyperGroup, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in group.list_commands(None):  # type: ignore[arg-type]
        command = group.get_command(None, name)  # type: ignore[arg-type]
        if isinstance(command, TyperGroup):
            yield from _commands(command, *words, name)
        elif command is not None:
            yield (*words, name), command


def _command(words: tuple[str, ...], command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if isinstance(each, TyperArgument)]
    options = [each for each in command.params if not isinstance(each, TyperArgument)]
    called = " ".join(f"\\fI{_text(_metavar(each))}\\fR" for each in arguments)
    yield f".SS {_text(' '.join(words))} {_OPTIONS if options else ''}{called}".rstrip()
    yield _text(command.help)
    for param in arguments:
        yield ".TP"
        yield f"\\fI{_text(_metavar(param))}\\fR"
        yield _text(param.help)
    for param in options:
        yield from _option(param)


def _option(param: Any) -> Iterator[str]:
    names = ", ".join(f"\\fB{_text(name)}\\fR" for name in param.opts)
    value = "" if param.is_flag or param.count else f" \\fI{_text(_metavar(param))}\\fR"
    yield ".TP"
    yield f"{names}{value}"
    yield _text(param.help)


def _metavar(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _text(text: str | None) -> str:
    """
    Return a text as one line of roff, in which nothing is a request or an escape.
    """
    plain = _BLANKS.sub(" ", text or "").strip().translate(_ROFF)
    encoded = "".join(each if each.isascii() else f"\\[u{ord(each):04X}]" for each in plain)
    return f"\\&{encoded}" if encoded.startswith(".") else encoded
