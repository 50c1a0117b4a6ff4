"""Every command that a page of ours names is one that the program takes, with those options and that many words."""

import itertools
import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from bipro_sync.cli.console import Console, Invocation
from bipro_sync.cli.main import _PARTS, _hoist, app


ROOT = Path(__file__).parents[1]
PAGES = sorted({*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "systemd").glob("*.md")})
BLOCK = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
CALL = re.compile(r"(?:^|[\s(;|&])(?:[\w./-]*/)?bipro-sync((?: [^;|&#>\n)]*)?)(?=$|[;&#>\n)]| \|)")
AS_SOMEBODY = re.compile(r"\bsudo -u \S+ ")
VALUES = {
    **dict.fromkeys(["N", "HOLD", "NUMBER"], "5"),
    **dict.fromkeys(["TIME", "DATE"], "2026-01-01"),
    "N/T": "3/30",
    "DUR": "36 hours",
    "KIND": "mail",
    "STATE": "stored",
}
"""What stands for the words that pages write in capitals."""


def calls_in(page):
    """The program's calls on a page: what follows its name, and whether it is to be typed as it stands."""
    text = page.read_text("utf-8")
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if not line.lstrip().startswith(("#", "ln ")):  # what a link is called is no call
                for found in CALL.finditer(AS_SOMEBODY.sub("", line)):
                    if found[1].strip():
                        yield found[1], True
    for span in SPAN.findall(BLOCK.sub("", text)):
        if re.search(r"(^| )… ", span):
            continue  # several commands, too briefly
        if found := re.fullmatch(r"(?:[\w./-]*/)?bipro-sync (?!…$)(.+)", AS_SOMEBODY.sub("", span)):
            yield found[1].partition(" > ")[0], False
        elif span.split()[0] in _PARTS and len(span.split()) > 1 and " = " not in span:
            yield span, False


def spelt_out(call):
    """The calls that one line stands for: `hold|release` are two; what is left open is left out."""
    words = [word for word in shlex.split(call.replace("[", "").replace("]", "")) if word not in {"…", "..."}]
    return itertools.product(*(re.split(r"(?<=\w)\|(?=\w)", word) for word in words))


def parsed(words, *, whole):
    """Parses the words as the program does, and carries out nothing."""
    words = [VALUES.get(word.rstrip("…"), word.rstrip("…")) for word in words]
    hoisted, rest = _hoist([word.rstrip(",") for word in words])
    try:
        context = typer.main.get_command(app).make_context("bipro-sync", [*hoisted, *rest], obj=Invocation(Console()))
        while isinstance(context.command, TyperGroup):
            left = [*context._protected_args, *context.args]
            if not left and not whole:
                return
            name, command, left = context.command.resolve_command(context, left)
            context = command.make_context(name, left, parent=context)
    except typer.Exit:
        return
    except typer.TyperException as error:
        # Where a page speaks of a command, it need not say all that the command wants.
        if whole or not re.search("Missing|requires an argument", error.format_message()):
            raise


def commands(group, *words):
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if isinstance(command, TyperGroup):
            yield from commands(command, *words, name)
        else:
            yield (*words, name)


CALLS = [
    pytest.param(call, whole, id=f"{page.relative_to(ROOT)}: {call.strip()}")
    for page in PAGES
    for call, whole in dict.fromkeys(calls_in(page))
]


def test_there_are_calls_to_look_at():
    assert len(CALLS) > 60
    assert any(whole for _, whole in (each.values for each in CALLS))


@pytest.mark.parametrize("words", list(commands(typer.main.get_command(app))), ids=" ".join)
def test_every_command_stands_on_a_page_for_people(words):
    *group, name = map(re.escape, words)
    before = "".join(rf"{word}\s" for word in group)
    named = re.compile(rf"(?<![\w-]){before}(?:[\w|-]*\|)?{name}(?![\w-])")
    texts = (page.read_text("utf-8") for page in PAGES if "decisions" not in page.parts)
    assert any(map(named.search, texts)) or words == ("completion", "words"), "which scripts ask, and no people"


@pytest.mark.parametrize(("call", "whole"), CALLS)
def test_what_a_page_calls_is_what_the_program_takes(call, whole):
    for words in spelt_out(call):
        parsed(words, whole=whole)


@pytest.mark.parametrize("wrong", ["pul", "pull --insurers NAME", "shipments show", "audit who --at", "config check x"])
def test_a_call_that_the_program_does_not_take_is_found(wrong):
    with pytest.raises(typer.TyperException):
        parsed(wrong.split(), whole=True)
