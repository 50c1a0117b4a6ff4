"""What a command says, and where: data to stdout, everything else to stderr; it must never let data steer a terminal.

Texts from insurers reach people here.  Nothing is read as markup, and characters that move the cursor, change
colours or turn the reading direction are taken out before a terminal sees them.
"""

from __future__ import annotations

import io
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from ..errors import BiproSyncError, ConfigurationError


if TYPE_CHECKING:  # rich and pydantic cost a tenth of a second each, and `--version` needs neither
    import rich.console

    from ..audit import Identity
    from ..config import Config


Render = Callable[["rich.console.Console"], None]

_UNLIMITED = 200
"""Columns where no terminal limits them."""

_BLOCK = 64 << 10
"""Characters that are written at once of an answer of any length."""

_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of controls, direction marks, surrogates and line separators."""


def plain(text: str) -> str:
    """
    Return *text* without control, direction and surrogate characters; line breaks and tabs stay.
    """
    if text.isprintable():
        return text
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in _STEERING)


def one_line(text: str) -> str:
    """
    Return *text* as :func:`plain` does, on one line, so that no datum can pass for a line of ours.
    """
    return plain(text).replace("\n", " ").replace("\t", " ")


def escaped(text: str) -> str:
    """
    Return *text* with what :func:`plain` takes out, line breaks and tabs written as escapes: trickery is to be seen.
    """
    return "".join(
        each.encode("unicode_escape").decode() if unicodedata.category(each) in _STEERING else each for each in text
    )


def terminal(stream: TextIO, *, is_terminal: bool) -> rich.console.Console:
    """
    Return a rich console on *stream* for which data stays data: no markup, no emoji codes, no control characters.
    """
    from rich.console import Console as RichConsole
    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment

    class DataConsole(RichConsole):
        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                yield segment if segment.control else Segment(plain(segment.text), segment.style)

    width = None if is_terminal else _UNLIMITED
    return DataConsole(file=stream, force_terminal=is_terminal, width=width, markup=False, emoji=False, highlight=False)


def _write(stream: TextIO, text: str) -> bool:
    """
    Write and flush, and say whether somebody reads; who has left (`… | head`) ends the output, not the command.
    """
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        return False
    return True


def _blocks(pieces: Iterable[str]) -> Iterator[str]:
    """
    Give what *pieces* say, in portions that are worth a call of the system's.
    """
    waiting: list[str] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= _BLOCK:
            yield "".join(waiting)
            waiting, length = [], 0
    if waiting:
        yield "".join(waiting)


def _array(documents: Iterable[object]) -> Iterator[str]:
    opening = "["
    for document in documents:
        yield f"{opening}{json.dumps(document)}"
        opening = ",\n"
    yield "[]\n" if opening == "[" else "]\n"


@dataclass(slots=True)
class Console:
    """
    The mouth of every command: how much to say, and in which form.

    *answered* tells whether stdout has had its document: under `--json` there is exactly one.
    """

    json: bool = False
    verbosity: int = 0
    quiet: bool = False
    answered: bool = field(default=False, init=False)

    def answer(self, document: object, render: Render) -> None:
        """
        Say what was asked for: *document* (of JSON's own types) under `--json`, else what *render* draws.
        """
        if self.json:
            self.document(document)
            return
        drawn = io.StringIO()
        render(terminal(drawn, is_terminal=sys.stdout.isatty()))
        _write(sys.stdout, drawn.getvalue())

    def acted(self, document: object, render: Render) -> None:
        """
        Say what was done; without `--json` or `-v` only to a person at a terminal, so that cron mails only trouble.
        """
        if self.json or self.verbosity or (sys.stdout.isatty() and not self.quiet):
            self.answer(document, render)

    def document(self, document: object) -> None:
        """
        Write *document* (of JSON's own types) to stdout, on one line.
        """
        self.text(json.dumps(document) + "\n")

    def text(self, text: str) -> None:
        """
        Write *text* to stdout as it is, for answers that are files themselves.
        """
        self.answered = True
        _write(sys.stdout, text)

    def stream(self, pieces: Iterable[str]) -> None:
        """
        Write an answer of any length to stdout as its pieces come; who has left (`… | head`) ends it.

        A terminal is shown no control characters; a file or a program gets the text as it is.
        """
        clean = plain if sys.stdout.isatty() else str
        for block in _blocks(pieces):
            self.answered = True
            if not _write(sys.stdout, clean(block)):
                return

    def array(self, documents: Iterable[object]) -> None:
        """
        Write one JSON document of any length as its members (of JSON's own types) come: an array.
        """
        self.stream(_array(documents))

    def note(self, *lines: str) -> None:
        """
        Say something on stderr that nobody needs under `--quiet`; not for the plain success of a command that acts.
        """
        if not self.quiet:
            self.warn(*lines)

    def warn(self, *lines: str) -> None:
        """
        Say something on stderr that must be read; each of *lines* is one line there, whatever it holds.
        """
        _write(sys.stderr, "".join(f"{one_line(line)}\n" for line in lines))

    def failed(self, error: BiproSyncError) -> None:
        """
        Say why the command ends: a sentence and a hint on stderr; under `--json` the one document as well.
        """
        problems = error.problems if isinstance(error, ConfigurationError) else ()
        self.warn(f"error: {error.message}", *(f"  - {each}" for each in problems), f"hint: {error.hint}")
        if self.json and not self.answered:
            document = {"error": error.as_json(), "exit_code": int(error.exit_code)}
            self.document(document | ({"problems": list(problems)} if problems else {}))

    @property
    def interactive(self) -> bool:
        """
        Whether a person watches: progress may be drawn on stderr.
        """
        return sys.stderr.isatty() and not self.json and not self.quiet


@dataclass(slots=True)
class Invocation:
    """
    One call of the program: its console and its configuration file, which is read when first asked for.

    *identity* is who calls; None stands for whom kernel and system name.  *given* is the configuration of who has read
    it already; the file is not asked again then.
    """

    console: Console
    config_path: Path | None = None
    identity: Identity | None = None
    given: Config | None = None

    @property
    def program(self) -> str:
        """
        The words that call the program again with the same configuration.
        """
        from shlex import quote

        return f"bipro-sync --config {quote(str(self.config_path.absolute()))}" if self.config_path else "bipro-sync"

    def config(self) -> Config:
        """
        Return the configuration.  Raises :class:`~bipro_sync.errors.ConfigurationError` with all its problems.
        """
        from ..config import find_config, load

        if self.given is None:
            self.given = load(find_config(self.config_path))
        return self.given


def invocation(context: typer.Context) -> Invocation:
    """
    Return the invocation a command runs in.
    """
    found = context.find_object(Invocation)
    if found is None:
        raise TypeError("the command was not called through main()")
    return found
