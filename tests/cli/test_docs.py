import hashlib
import os
import pwd
import re
from html.parser import HTMLParser

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bipro_sync.audit.note import Signer


class Page(HTMLParser):
    """What a page says: its tags, and the cells of each of its tables."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.tables, self._cell = [], [], [], None
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in {"td", "th"}:
            self.tables[-1][-1][-1] += data

    def table(self, heading):
        return next(rows for rows in self.tables if rows[0][0] == heading)


@pytest.fixture
def page(office):
    def _page():
        code, out, err = office.run("docs", "procedure")
        assert (code, err) == (0, "")
        return Page(out)

    office.opens(office.shipment("A"))
    office.pull()
    return _page


def test_the_page_stands_alone_and_is_german(office, page):
    found = page()
    assert ("html", {"lang": "de"}) in found.tags
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in found.tags}
    assert not any(key in {"src", "href"} for _, attributes in found.tags for key in attributes)
    out = office.run("docs", "procedure")[1]
    assert "Verfahrensdokumentation" in out
    assert "GoBD" in out
    assert "url(" not in out


def test_it_says_what_is_really_configured(office, page):
    office.head += "[retention]\nmail = 12\n"
    office.write_config()
    found = page()
    (insurer,) = found.table("Versicherer")[1:]
    assert insurer[0] == "muster"
    assert insurer[2] == office.addresses()["sts_url"]
    terms = {row[0]: row[1] for row in found.table("Art")[1:]}
    assert (terms["Maklerpost (Handelsbriefe)"], terms["Protokoll"]) == ("12", "10")
    system = dict(found.table("Bestandteil")[1:])
    assert system["SHA-256 der Konfiguration"] == hashlib.sha256(office.config.read_bytes()).hexdigest()
    assert system["Programm"].startswith("bipro-sync ")
    assert ["archive prune", "ja", "nein", "nein", "nein", "nein", "nein"] in found.table("Tätigkeit")


def test_its_history_of_changes_is_the_log_s(office, page):
    first = page().table("Nr.")
    office.configure(workers=2)
    office.pull()
    later = page().table("Nr.")
    assert later[: len(first)] == first
    assert len(later) == len(first) + 1
    records = office.records("config.changed")
    assert [row[3] for row in later[1:]] == [record["detail"] for record in records]
    assert re.fullmatch(r"\d\d\.\d\d\.20\d\d \d\d:\d\d:\d\d", later[-1][1])


def test_what_it_shows_cannot_steer_a_browser(office, page):
    office.run("archive", "keep", "--everything", "--reason", "<script>alert(1)</script> & more")
    assert "<script" not in office.run("docs", "procedure")[1]
    assert page().table("Sperre")[1][4] == "<script>alert(1)</script> & more"


def test_it_is_written_where_asked_and_the_log_knows_of_it(office, page):
    target = office.root / "procedure.html"
    target.write_text("an earlier one")
    assert office.run("docs", "procedure", "--out", str(target))[:2] == (0, "")
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert office.records("export")[-1]["detail"] == f"procedure documentation; {digest}"
    assert Page(target.read_text(encoding="utf-8")).table("Art")
    code, document = office.ask("docs", "procedure")
    assert (code, document["path"], document["html"].startswith("<!DOCTYPE html>")) == (0, None, True)


def test_no_secret_stands_in_it(office, page):
    assert page().tables
    out = office.run("docs", "procedure")[1]
    for secret in ("wort & <schatz>", "wort &amp; &lt;schatz&gt;", "MAKLER-0815"):
        assert secret not in out


def test_people_rights_keys_and_anchors_are_those_of_the_configuration(office, page):
    key = Signer("bipro-sync", Ed25519PrivateKey.generate()).verifier
    office.head = (
        f'[audit]\nknown_keys = ["{key}"]\n'
        'anchors = [{ kind = "command", command = ["/bin/send", "word"], name = "a" }]\n'
        f'[users.u001]\nname = "Erika <Erfunden>"\nlogin = "{pwd.getpwuid(os.getuid()).pw_name}"\nrole = "admin"\n'
        f"active_from = 2026-01-01\n{office.head}"
    )
    office.write_config()
    found = page()
    assert found.table("Kürzel")[1][:4] == ["u001", "Erika <Erfunden>", pwd.getpwuid(os.getuid()).pw_name, "admin"]
    assert found.table("Name")[1:] == [["bipro-sync", key.key_id.hex(), str(key)], ["a", "Verankerung: command", ""]]
    assert "/bin/send" not in office.run("docs", "procedure")[1], "a program's words may hold a secret"
    assert found.table("Nr.")[-1][2] == "Erika <Erfunden>"
