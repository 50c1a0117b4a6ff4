import os
import signal
import time
from pathlib import Path

import pytest
from fpdf import FPDF
from fpdf.encryption import AccessPermission

import bipro_sync.sandbox
from bipro_sync.texts import Limits, Outcome, PdfReader, is_installed


pytestmark = pytest.mark.skipif(not is_installed(), reason="the extra pdf is not installed")

DOCUMENTS = Path(bipro_sync.sandbox.__file__).parent / "documents"


@pytest.fixture(scope="module")
def reader():
    with PdfReader() as opened:
        yield opened


@pytest.fixture
def pdf(tmp_path):
    """Makes a PDF with these pages; returns its path."""

    def _pdf(*pages, password=None):
        made = FPDF()
        for page in pages:
            made.add_page()
            made.set_font("Helvetica", size=9)
            made.multi_cell(0, 4, page)
        if password:
            made.set_encryption("owner", password, permissions=AccessPermission.none())
        made.output(tmp_path / "made.pdf")
        return tmp_path / "made.pdf"

    return _pdf


def test_every_letter_of_the_practice_insurer_is_read_umlauts_and_all(reader):
    letters = sorted(DOCUMENTS.glob("*.pdf"))
    readings = {path.name: reader.read(path) for path in letters}
    assert {reading.outcome for reading in readings.values()} == {Outcome.READ}
    assert "Übergrößenträger müßten süße Öfen kräftig schüren" in readings["brief.pdf"].text
    assert "H00000001" in readings["police.pdf"].text


def test_all_pages_are_read_in_their_order(reader, pdf):
    text = reader.read(pdf("erste", "zweite", "dritte")).text
    assert text.split() == ["erste", "zweite", "dritte"]


def test_what_is_no_pdf_or_half_of_one_is_unreadable_and_the_next_is_read(reader, tmp_path, pdf):
    whole = pdf("ganz").read_bytes()
    for data in (b"", b"%PDF-1.7\n", b"\0" * 1000, whole[: len(whole) // 3]):
        (tmp_path / "broken.pdf").write_bytes(data)
        assert reader.read(tmp_path / "broken.pdf").outcome in {Outcome.UNREADABLE, Outcome.EMPTY}
    assert reader.read(tmp_path / "nowhere.pdf").outcome is Outcome.UNREADABLE
    assert reader.read(pdf("ganz")).text.strip() == "ganz"


def test_a_scan_has_no_text_and_what_wants_a_password_is_locked(reader, pdf):
    assert reader.read(pdf("")).outcome is Outcome.EMPTY
    assert reader.read(pdf("geheim", password="wort")).outcome is Outcome.LOCKED


def test_a_file_or_a_text_that_is_too_large_is_not_begun_or_cut(pdf):
    path = pdf("wort " * 200, "ende")
    with PdfReader(Limits(file=100)) as reader:
        assert reader.read(path).outcome is Outcome.TOO_LARGE
    with PdfReader(Limits(text=100)) as reader:
        reading = reader.read(path)
        assert (reading.outcome, len(reading.text)) == (Outcome.CUT, 100)
    with PdfReader(Limits(cut_after=0)) as reader:
        reading = reader.read(path)
        assert (reading.outcome, "ende" in reading.text) == (Outcome.CUT, False)


def test_what_needs_more_memory_or_time_than_it_may_have_dies_alone(pdf):
    path = pdf(*["wort " * 1000] * 30)
    with PdfReader(Limits(memory=1 << 20)) as reader:
        assert reader.read(path).outcome in {Outcome.KILLED, Outcome.UNREADABLE}
    with PdfReader(Limits(patience=0)) as reader:
        assert reader.read(path).outcome is Outcome.KILLED
        assert reader.read(path).outcome is Outcome.KILLED, "the process that makes the children has survived"


def test_a_reading_process_that_is_gone_is_started_anew(pdf):
    path = pdf("wort")
    with PdfReader() as reader:
        assert reader.read(path).outcome is Outcome.READ
        os.kill(reader._process.pid, signal.SIGKILL)
        time.sleep(0.1)
        assert reader.read(path).outcome is Outcome.KILLED
        assert reader.read(path).outcome is Outcome.READ


def test_a_unit_that_may_not_alter_its_resources_reads_all_the_same(pdf, traced):
    script = (
        "import sys; from pathlib import Path; from bipro_sync.texts import PdfReader\n"
        "with PdfReader() as reader: print(reader.read(Path(sys.argv[1])).outcome)"
    )
    refused = ["-e", "trace=setpriority", "-e", "inject=setpriority:error=EPERM"]
    assert traced(script, str(pdf("wort")), options=refused).output == "read\n"


def test_no_process_is_left_and_none_knows_our_environment(pdf, monkeypatch):
    monkeypatch.setenv("SECRET_CANARY", "4711")
    with PdfReader() as reader:
        assert reader.read(pdf("wort")).outcome is Outcome.READ
        pid = reader._process.pid
        assert b"SECRET_CANARY" not in Path(f"/proc/{pid}/environ").read_bytes()
    assert not Path(f"/proc/{pid}").exists()
