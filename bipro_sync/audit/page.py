"""The German page of an export: question, period, result, verdict, key, how to check it; it loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from ..model.zone import BERLIN
from .bundle import Answer, Question, Tally
from .checkpoints import Signed
from .note_files import note_name, stamp_name
from .proofs import STAMPED
from .verification import Verification


_STYLE = """
body { font: 11pt/1.45 sans-serif; color: #111; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 1.8rem; border-bottom: 1px solid #999; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; }
td.n { text-align: right; } code, pre { font: 9.5pt monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
.verdict { border: 2px solid #111; padding: .6rem .9rem; }
@page { margin: 2cm; } @media print { body { margin: 0; max-width: none; } tr, .verdict, pre { break-inside: avoid; } }
"""


@dataclass(frozen=True, slots=True)
class Asker:
    """
    By whom and when, what for, and which version answered.
    """

    by: str
    at: datetime
    purpose: str | None
    software: str


def page_of(answer: Answer, asked: Asker, tally: Tally) -> str:
    """
    Return the page; every datum in it is escaped.
    """
    signed = answer.signed
    parts = [
        "<!DOCTYPE html>\n",
        '<html lang="de"><head><meta charset="utf-8"><title>Auskunft aus dem Prüfprotokoll</title>',
        f"<style>{_STYLE}</style></head><body><h1>Auskunft aus dem Prüfprotokoll</h1>",
        "<h2>Frage</h2>",
        _facts(_question(answer.question, asked)),
        "<h2>Ergebnis</h2>",
        _facts(_result(tally, answer.chosen.unsigned)),
        _table("Wer", ("Person", "Anmeldungen", "Aufrufe"), _people(tally)),
        _table("Aufrufe", ("Art", "Ausgang", "Anzahl"), [(*kind, n) for kind, n in sorted(tally.calls.items())]),
        "<h2>Prüfergebnis</h2>",
        f'<p class="verdict">{escape(_verdict(answer.verification, signed))}</p>',
        _facts(_seal(signed)),
        "<h2>So prüfen Sie selbst</h2>",
        *_checking(signed, answer.stamps),
        "</body></html>\n",
    ]
    return "".join(parts)


def _question(question: Question, asked: Asker) -> Iterator[tuple[str, str]]:
    yield "Versicherer", question.insurer or "alle"
    yield "Zeitraum", f"{_day(question.since, 'Beginn des Protokolls')} bis {_day(question.until, 'zum Prüfpunkt')}"
    yield "Gestellt von", asked.by
    yield "Am", _moment(asked.at)
    if asked.purpose:
        yield "Zweck", asked.purpose
    yield "Programm", asked.software


def _result(tally: Tally, unsigned: int) -> Iterator[tuple[str, str]]:
    yield "Einträge", str(tally.records)
    if tally.first and tally.last:
        yield "Laufende Nummern", f"{tally.first.seq} bis {tally.last.seq}"
        yield "Erster Eintrag", _text(tally.first.ts)
        yield "Letzter Eintrag", _text(tally.last.ts)
    if unsigned:
        yield "Nicht enthalten", f"{unsigned} Einträge nach dem letzten Prüfpunkt; sie sind noch nicht unterschrieben."


def _people(tally: Tally) -> Iterator[tuple[str, int, int]]:
    for who in sorted({*tally.logins, *tally.callers}):
        yield who, tally.logins[who], tally.callers[who]


def _verdict(verification: Verification, signed: Signed) -> str:
    known = f"Die Kette ist lückenlos und bis Eintrag {signed.checkpoint.size} unterschrieben."
    anchored = verification.anchored
    if anchored is None:
        return f"{known}  Sie ist nicht außerhalb verankert: Ein fehlendes Ende oder eine alte Kopie fiele nicht auf."
    return (
        f"{known}  Sie ist vollständig bis zum letzten verankerten Prüfpunkt (Eintrag {anchored.size}, "
        f"{_text(anchored.time)}); dahinter stehen {verification.unanchored} noch nicht verankerte Einträge."
    )


def _seal(signed: Signed) -> Iterator[tuple[str, str]]:
    key = signed.signed_by[0]
    yield "Protokoll", signed.checkpoint.origin
    yield "Prüfpunkt", f"{signed.checkpoint.size} Einträge, der letzte vom {_text(signed.checkpoint.time)}"
    yield "Wurzel (SHA-256)", signed.checkpoint.root.hex()
    yield "Schlüssel", f"{key.name}+{key.key_id.hex()}"


def _checking(signed: Signed, stamps: Sequence[tuple[str, int]]) -> Iterator[str]:
    key = escape(str(signed.signed_by[0]))
    yield (
        "<p>Mit Python ab 3.11 und dem Paket <code>cryptography</code>, auf einem Rechner Ihrer Wahl, in diesem "
        "Verzeichnis:</p>"
    )
    yield f"<pre>python verify_audit.py . --key {key} --anchor PRÜFPUNKT</pre>"
    yield (
        "<p>Nehmen Sie den Schlüssel nicht von dieser Seite, sondern so, wie der Makler ihn Ihnen vorher auf anderem "
        "Weg genannt hat; die Kennung oben hilft beim Vergleich.  Wurde er gewechselt, geben Sie mit weiteren "
        "<code>--key</code> auch die früheren an.  <code>verify_audit.py</code> ist 150 Zeilen lang, damit Sie es "
        "lesen können.  Es prüft Unterschrift, Reihenfolge und jeden Eintrag in <code>records.jsonl</code>.  Die "
        "Tabelle <code>records.csv</code> und diese Seite sind Abschriften zum Lesen und selbst nicht unterschrieben."
        "</p>"
    )
    yield (
        "<p><code>--anchor</code> nennt einen Prüfpunkt dieses Protokolls, den Sie früher bekommen und selbst "
        "aufbewahrt haben, oder ein Verzeichnis solcher Dateien; jeder noch so alte hilft.  Das Programm zeigt dann, "
        "dass bis dahin nichts fehlt und nichts umgeschrieben wurde.  Ohne ihn fiele nicht auf, wenn das Ende des "
        "Protokolls abgeschnitten oder das ganze mit demselben Schlüssel neu geschrieben wäre.  Kennt Ihr Prüfpunkt "
        "mehr Einträge als dieser Auszug, so fehlt ihm das Ende, außer wenn er älter ist; wann er gemacht wurde, sagt "
        "nur er selbst.</p>"
    )
    if stamps:
        commands = "\n".join(line for each in stamps for line in _stamp_lines(*each))
        yield "<h2>Zeitstempel</h2>"
        yield (
            "<p>Diese Zeitstempel (RFC 3161) zeigen, seit wann es Prüfpunkte des Protokolls gibt.  Das Zertifikat der "
            "Zeitstempelstelle (<code>STELLE.pem</code>) bekommen Sie von ihr selbst:</p>"
        )
        yield f"<pre>{escape(commands)}</pre>"
        yield (
            "<p>Der erste Befehl muss <code>Verification: OK</code> sagen; der zweite nennt die Zeit unter "
            "<code>Time stamp</code>.  Ist das Zertifikat seither abgelaufen, so hängen Sie an den ersten "
            "<code>-attime</code> und diese Zeit in Sekunden seit 1970 an.  Dass der gestempelte Prüfpunkt zu diesem "
            "Protokoll gehört, sagt <code>verify_audit.py</code> in der Zeile <code>Stamped</code>.  Ein "
            "Zeitstempel zeigt nicht, dass nichts fehlt.</p>"
        )


def _stamp_lines(anchor: str, size: int) -> Iterator[str]:
    note, stamp = f"{STAMPED}/{note_name(size)}", f"{STAMPED}/{stamp_name(size, anchor)}"
    yield f"openssl ts -verify -data {note} -in {stamp} -CAfile STELLE.pem"
    yield f"openssl ts -reply -in {stamp} -text"


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(fact)}</td></tr>" for name, fact in facts)
    return f"<table>{rows}</table>"


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in headings)
    body = "".join(f"<tr>{''.join(map(_data, row))}</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>" if body else ""


def _data(value: object) -> str:
    return f"<td{' class=n' if isinstance(value, int) else ''}>{escape(str(value))}</td>"


def _day(moment: datetime | None, otherwise: str) -> str:
    return _moment(moment) if moment else otherwise


def _text(ts: str) -> str:
    return _moment(datetime.fromisoformat(ts))


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(BERLIN):%d.%m.%Y %H:%M:%S %Z}"
