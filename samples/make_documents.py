"""Makes the practice insurer's PDF letters; it never uses the clock, and everything in them is invented.

`python samples/make_documents.py` writes `bipro_sync/sandbox/documents/`.  The result is the same each time: the
date is fixed, streams are not compressed.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF


TARGET = Path(__file__).parent.parent / "bipro_sync" / "sandbox" / "documents"
BOUNDARY = "uuid:practice-insurer-boundary"
"""What the demo's MTOM answers are divided by, so that a document can look like it."""

LETTERS: dict[str, tuple[str, list[str]]] = {
    "police.pdf": (
        "Versicherungsschein H00000001",
        ["Haftung Größe M, für Frau Änne Erfunden, Üblingen an der Öse.", "Der Beitrag beträgt 89,40 EUR im Jahr."],
    ),
    "nachtrag.pdf": (
        "Nachtrag 2 zum Versicherungsschein V00000005",
        ["Die Wohnfläche wurde auf 88 Quadratmeter geändert.", "Alle übrigen Bedingungen bleiben gleich."],
    ),
    "rechnung.pdf": (
        "Beitragsrechnung 2026 zu K00000003",
        ["Der Beitrag von 482,75 EUR wird am 01.04.2026 fällig.", "Bitte überweisen Sie nichts: das ist ein Beispiel."],
    ),
    "mahnung.pdf": (
        "Zahlungserinnerung zu K00000004",
        ["Der Beitrag von 610,10 EUR ist offen.", "Mahngebühr: 0,00 EUR, denn der Vertrag ist erfunden."],
    ),
    "kuendigung.pdf": (
        "Kündigungsbestätigung zu V00000006",
        ["Wir bestätigen das Ende des Vertrags zum 28.02.2026.", "Schade, dass Herr Jörg Beispiel uns verlässt."],
    ),
    "schaden.pdf": (
        "Ihr Schaden S-2026-0002 vom 14.02.2026",
        ["Wir haben 1.234,50 EUR für die Stoßstange gezahlt.", "Der Fall ist für uns abgeschlossen."],
    ),
    "provision.pdf": (
        "Provisionsabrechnung Februar 2026, Vermittler ERF-4711",
        ["Sieben Verträge, Summe 189,57 EUR.", "Die Einzelheiten stehen in der Datei dieser Lieferung."],
    ),
    "brief.pdf": (
        "Größere Änderungen über Ostern",
        ["ÄÖÜ äöü ß: Übergrößenträger müßten süße Öfen kräftig schüren.", "Mit freundlichen Grüßen, Käthe Niemand"],
    ),
    "fallen.pdf": (
        "Anlage mit Fallen für den Empfänger",
        ["In diesem Dokument stehen Zeilen, die wie eine MIME-Grenze aussehen.", "Es endet mit CR und LF."],
    ),
}

YEARS = range(2023, 2027)


def letter(title: str, pages: list[list[str]]) -> FPDF:
    """
    Return a letter with a heading and the given paragraphs on each page.
    """
    pdf = FPDF()
    pdf.set_creation_date(datetime(2026, 3, 1, 6, tzinfo=UTC))
    pdf.set_producer("bipro-sync samples")
    pdf.set_title(title)
    pdf.set_compression(compress=False)
    for paragraphs in pages:
        pdf.add_page()
        pdf.set_font("Helvetica", size=9)
        pdf.multi_cell(
            0, 6, "Practice Insurer AG (erfunden), Musterweg 0, 00000 Nirgends", new_x="LMARGIN", new_y="NEXT"
        )
        pdf.set_font("Helvetica", style="B", size=14)
        pdf.multi_cell(0, 12, title, new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("Helvetica", size=11)
        for paragraph in paragraphs:
            pdf.multi_cell(0, 8, paragraph, new_x="LMARGIN", new_y="NEXT")
    return pdf


def traps() -> bytes:
    """
    Return lines that are no delimiter, though they look like one.
    """
    delimiter = f"--{BOUNDARY}".encode()
    return b"\r\n".join(
        [
            b"%",
            delimiter[:-1],
            b"- " + delimiter,
            b"x" + delimiter + b"--",
            b"\n" + delimiter + b"\n",
            b"--",
            b"\r" + delimiter,
            b"",
            b"\x00\x85\x1c\xff",
        ]
    )


def files() -> dict[str, bytes]:
    """
    Return every document by name.
    """
    documents = {name: letter(title, [paragraphs]) for name, (title, paragraphs) in LETTERS.items()}
    documents["jahresinformation.pdf"] = letter(
        "Jahresinformation zu W00000007",
        [[f"Seite für das Jahr {year}.", "Der Wert des Gebäudes: 480.000 EUR, frei erfunden."] for year in YEARS],
    )
    documents["fallen.pdf"].embed_file(bytes=traps(), basename="fallen.bin", compress=False)
    data = {name: bytes(pdf.output()) for name, pdf in documents.items()}
    data["fallen.pdf"] = data["fallen.pdf"].rstrip(b"\n") + b"\r\n"
    return data


def main() -> int:
    """
    Write all documents.
    """
    for name, data in files().items():
        (TARGET / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
