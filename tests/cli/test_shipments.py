import base64
import io
import socket
import unicodedata
import zipfile

import pytest


HOSTILE = {
    "../../../etc/passwd": "climbs",
    "/etc/cron.d/job": "absolute",
    "x" * 300 + ".pdf": "long",
    "rechnung\u202efdp.exe": "turns the reading direction",
    "zeile eins\nzeile zwei\ttab": "breaks the line",
    "\u009b2Jlöscht[red]den Schirm": "clears the screen",
    "CON.pdf:stream": "is special elsewhere",
    " .hidden ": "hides",
}


def hostile(office, name, shipment):
    quoted = "".join(f"\\u{ord(each):04x}" if ord(each) < 32 or ord(each) > 126 else each for each in name)
    return office.shipment(shipment).replace('name = "Police.pdf"', f'name = "{quoted}"')


def test_names_that_want_to_be_paths_or_commands_stay_data(office):
    office.opens(*(hostile(office, name, f"S-{number}") for number, name in enumerate(HOSTILE)))
    pulled = office.pull()
    assert pulled["acknowledged"] == len(HOSTILE)

    sent = {call["shipment"]: call["files"][0]["name"] for call in office.calls("getShipment")}
    assert set(sent.values()) == set(HOSTILE), "the insurer did send them"
    listed = office.ask("shipments", "list")[1]
    for entry in listed:
        (file,) = entry["files"]
        assert file["name"].strip() == sent[entry["id"]].strip()
        assert file["path"] == "01-File.pdf"
        assert (office.archive / entry["path"] / file["path"]).is_file()
    names = {path.rsplit("/", 1)[-1] for path in office.stored()}
    assert names == {"01-File.pdf", "envelope.xml", "manifest.json"}

    for command in (["shipments", "list"], ["documents", "list"], *(["shipments", "show", each] for each in sent)):
        _, out, err = office.run(*command)
        shown = (out + err).replace("\n", "")
        assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cf", "Zl", "Zp"}, command


def test_trickery_in_names_and_fields_is_shown_to_a_person_and_exact_in_json(office):
    fields = ', Freitext = "bezahlt\\u202enegozeg\\nSumme: 0"'
    office.opens(office.shipment("A", fields=fields).replace("Police.pdf", "rechnung\\u202efdp.exe"))
    office.pull()
    page = office.run("shipments", "show", "A")[1]
    assert r"rechnung\u202efdp.exe" in page
    assert r"bezahlt\u202enegozeg\nSumme: 0" in page
    document = office.ask("shipments", "show", "A")[1]
    assert document["files"][0]["name"] == "rechnung\u202efdp.exe"
    assert "bezahlt\u202enegozeg\nSumme: 0" in [field["value"] for field in document["transfers"][0]["fields"]]


def test_ids_that_want_to_be_paths_stay_in_their_place(office):
    ids = ["../../../../outside", "..", ".", "-rf", "a b/c", "Ä-1"]
    office.opens(*map(office.shipment, ids))
    assert office.pull()["acknowledged"] == len(ids)
    for entry in office.ask("shipments", "list")[1]:
        place = (office.archive / entry["path"]).resolve()
        assert place.is_relative_to(office.archive / "shipments" / "muster")
        assert len(place.relative_to(office.archive).parts) == 5
    assert office.ask("shipments", "show", "..")[1]["id"] == ".."
    assert sorted(path.name for path in office.root.iterdir()) == [
        "archive",
        "config.toml",
        "insurer-muster",
        "password",
    ]


def test_the_list_narrows_by_insurer_state_kind_and_number_newest_first(office):
    office.opens(
        office.shipment("A"),
        office.shipment("B", category="999010010"),
        office.fault("getShipment", "nok", shipment="A"),
    )
    office.opens(office.shipment("C", file=None), name="zweite")
    office.run("pull", "--insurer", "muster")
    office.run("pull", "--insurer", "zweite")

    def ids(*options):
        return [each["id"] for each in office.ask("shipments", "list", *options)[1]]

    assert ids() == ["C", "B", "A"]
    assert ids("--insurer", "muster") == ["B", "A"]
    assert ids("--state", "failed") == ["A"]
    assert ids("--kind", "gdv-portfolio", "--kind", "event") == ["C", "B"]
    assert ids("--limit", "1") == ["C"]
    assert ids("--since", "2999-01-01") == []
    for wrong in (["--state", "lost"], ["--kind", "letter"]):
        assert office.run("shipments", "list", *wrong)[0] == 2


def test_the_newest_posting_stands_first_and_a_limit_takes_what_was_listed_last(office):
    days = {"A": "2026-03-02", "B": "2026-03-09", "C": "2026-03-05"}
    office.opens(*(office.shipment(each).replace("2026-03-01", day) for each, day in days.items()))
    office.pull()
    lines = office.run("shipments", "list")[1].splitlines()[1:]
    assert [line.split()[1] for line in lines] == ["B", "C", "A"]
    assert [each["id"] for each in office.ask("shipments", "list", "--limit", "2")[1]] == ["B", "C"]
    assert "posted (UTC)" in office.run("shipments", "show", "A")[1]


def test_an_empty_list_says_so_to_a_person_only(office):
    office.opens()
    office.pull()
    assert office.run("shipments", "list")[1] == "No shipments.\n"
    assert office.ask("shipments", "list")[1] == []


def test_the_list_s_json_is_the_contract_s(office):
    office.opens(office.shipment("A", more='available_until = "2099-12-31"'))
    office.pull()
    (entry,) = office.ask("shipments", "list")[1]
    sent = office.calls("getShipment")[0]["files"][0]
    assert list(entry) == [
        *("insurer", "id", "state", "category", "kind", "posted_at", "available_until", "stored_at"),
        *("acknowledged_at", "path", "files"),
    ]
    assert (entry["posted_at"], entry["available_until"]) == ("2026-03-01T17:30:00+00:00", "2099-12-31")
    assert entry["files"] == [
        {
            "name": "Police.pdf",
            "path": "01-File.pdf",
            "sha256": sent["sha256"],
            "size": sent["size"],
            "media_type": "application/pdf",
            "kind": "mail",
        }
    ]


def test_a_notice_without_a_file_is_shown_with_its_fields_in_words(office):
    fields = ', Rueckstand = { Betrag = "89.40", Waehrung = "EUR" }, Freitext = "Beitrag für März\\nnicht eingegangen"'
    office.opens(office.shipment("N", category="140000000", fields=fields, file=None))
    office.pull()
    _, page, _ = office.run("shipments", "show", "N")
    for said in (
        *("No files: what the insurer has to say stands in the fields below", "collection and arrears"),
        *("Rueckstand / Betrag", "89.40", "Beitrag für März", "acknowledged"),
    ):
        assert said in page
    document = office.ask("shipments", "show", "N")[1]
    assert {"path": "Rueckstand/Betrag", "value": "89.40"} in document["transfers"][0]["fields"]
    assert (document["kind"], document["files"]) == ("event", [])
    assert [(step["from"], step["to"]) for step in document["history"]][:2] == [
        (None, "listed"),
        ("listed", "fetching"),
    ]


def test_an_id_of_two_insurers_needs_the_insurer_and_an_unknown_one_is_a_usage_error(office):
    office.opens(office.shipment("A"))
    office.opens(office.shipment("A"), name="zweite")
    office.run("pull")
    assert office.run("shipments", "show", "A")[0] == 2
    assert office.ask("shipments", "show", "A", "--insurer", "zweite")[1]["insurer"] == "zweite"
    assert office.run("shipments", "show", "B")[0] == 2


NUMBERS = {
    "policy": ["9.876-5/43"],
    "process": ["V-A"],
    "process_broker": ["Akte-77"],
    "broker": ["ERF-0815", "ERF-0816"],
    "claim": ["SCH/2026/1"],
}
NOTHING = {key: [] for key in NUMBERS}


@pytest.fixture
def numbered(office):
    """A pulled shipment with a number of each kind in as many places."""
    office.opens(
        office.shipment(
            "A",
            more='further = { "allg:SchadennummerVU" = "SCH/2026/1" }',
            fields=', VorgangsnummerVM = "Akte-77", Vertrag = { "allg:Vertragsnummer" = '
            '{ "allg:Versicherungsscheinnummer" = "9.876-5/43" } }, '
            'Vermittler = [{ "allg:Vermittlernummer" = "ERF-0815" }, { "tran:Vermittlernummer" = "ERF-0816" }]',
        ),
        office.shipment("B"),
    )
    assert office.pull()["stored"] == 2
    return office


def test_the_numbers_of_a_shipment_are_shown_wherever_they_stood(numbered):
    assert numbered.ask("shipments", "show", "A")[1]["numbers"] == NUMBERS
    assert numbered.ask("shipments", "show", "B")[1]["numbers"] == NOTHING | {"process": ["V-B"]}
    page = numbered.run("shipments", "show", "A")[1]
    for number in NUMBERS.values():
        assert ", ".join(number) in page
    assert "broker's process" not in numbered.run("shipments", "show", "B")[1]


def test_a_shipment_is_found_by_each_of_its_numbers(numbered):
    for number in (each for numbers in NUMBERS.values() for each in numbers):
        assert [each["id"] for each in numbered.ask("documents", "search", number)[1]] == ["A"], number


def test_the_json_holds_all_that_the_answer_said(numbered):
    document = numbered.ask("shipments", "show", "A")[1]
    said = {field["path"]: field["value"] for field in document["answer"]}
    assert said["Status/StatusID"] == "OK"
    assert {"BiPROVersion", "Status/ProzessID", "Status/Schwebe", "Status/Meldung/MeldungID"} <= set(said)
    assert {"path": "SchadennummerVU", "value": "SCH/2026/1"} in document["fields"]


def test_attributes_stand_in_the_json_and_do_not_clutter_the_page(office):
    office.opens(office.shipment("A").replace("[[shipment.transfer]]", '[[shipment.transfer]]\ntype = "tgevo:CT_X"'))
    office.pull()
    document = office.ask("shipments", "show", "A")[1]
    assert {"path": "@type", "value": "tgevo:CT_X"} in document["transfers"][0]["fields"]
    page = office.run("shipments", "show", "A")[1]
    assert "Transfer 1 (CT_X)" in page
    assert "@type" not in page


def test_what_is_not_stored_has_no_numbers_and_says_nothing(office):
    office.opens(office.shipment("A"), office.fault("getShipment", "nok", shipment="A"))
    office.pull()
    document = office.ask("shipments", "show", "A", "--schema")[1]
    assert document["numbers"] == NOTHING
    assert [document[each] for each in ("answer", "fields", "transfers", "linked", "remarks")] == [[]] * 5
    assert "schema" not in document


def test_a_linked_file_is_shown_as_that_and_its_host_never_hears_of_us(office):
    with socket.create_server(("127.0.0.1", 0)) as host:
        host.settimeout(0.2)
        link = f"http://127.0.0.1:{host.getsockname()[1]}/police.pdf"
        office.opens(office.shipment("A", file=f'link = "{link}"'), office.shipment("B"))
        assert office.pull()["quarantined"] == 1
        page = office.run("shipments", "show", "A", "--schema")[1]
        document = office.ask("shipments", "show", "A", "--schema")[1]
        with pytest.raises(TimeoutError):
            host.accept()
    assert office.states() == {"A": "quarantined", "B": "acknowledged"}
    assert f"Only linked, and never fetched: {link}" in page
    assert document["linked"] == [link]
    assert document["files"] == []
    assert office.ask("shipments", "show", "B")[1]["linked"] == []


def test_what_does_not_fit_the_schema_is_remarked_and_explained_on_demand(office):
    whole = office.shipment("A", file='document = "police.pdf"\ncompression = "KEINE"')
    office.opens(whole, whole.replace('"A"', '"B"').replace("2026-03-01T18:30:00", "gestern").replace("KEINE", "GZIP"))
    assert office.pull()["acknowledged"] == 2, "a remark refuses nothing"

    fits, breaks = (office.ask("shipments", "show", each, "--schema")[1] for each in "AB")
    assert (fits["remarks"], fits["schema"]) == ([], [])
    assert [each["path"].rpartition("/")[2] for each in breaks["schema"]] == [
        "Einstellzeitpunkt",
        "Komprimierungstyp",
        "Datei",
    ]
    assert all(each["line"] >= 1 for each in breaks["schema"])
    assert "gestern" in breaks["schema"][0]["what"], "the explanation names the value"
    assert [each.startswith("schema: line ") for each in breaks["remarks"]] == [True] * 3
    assert "gestern" not in "".join(breaks["remarks"]), "the remark does not"

    assert "The answer fits the schema." in office.run("shipments", "show", "A", "--schema")[1]
    page = office.run("shipments", "show", "B", "--schema")[1]
    assert "Lieferung / Einstellzeitpunkt" in page
    assert "schema" not in office.ask("shipments", "show", "B")[1]
    assert "Invalid datetime" not in office.run("shipments", "show", "B")[1]


def test_a_large_envelope_is_not_checked_and_says_so(office):
    large = office.shipment("A", file="size = 7000000", more='framing = "inline"')
    office.opens(large)
    office.pull()
    document = office.ask("shipments", "show", "A", "--schema")[1]
    assert document["remarks"] == ["schema: not checked: it is larger than 8 MiB"]
    assert [each["what"] for each in document["schema"]] == ["not checked: it is larger than 8 MiB"]


def test_a_zip_file_is_stored_as_it_came_with_a_remark_where_it_needs_a_password(office):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr("brief.pdf", "%PDF-1.4 erfunden")
    plain = bytearray(target.getvalue())
    locked = bytearray(plain)
    locked[6] |= 1
    for name, content in (("A", plain), ("B", locked)):
        sent = f'base64 = "{base64.b64encode(content).decode()}"\ncompression = "ZIP"'
        office.opens(office.shipment("Z" + name, file=sent), name=f"versicherer-{name.lower()}")
    office.run("pull")
    remarks = {}
    for name, content in (("ZA", plain), ("ZB", locked)):
        document = office.ask("shipments", "show", name)[1]
        (file,) = document["files"]
        assert (file["path"], file["media_type"]) == ("01-File.zip", "application/zip")
        assert (office.archive / document["path"] / file["path"]).read_bytes() == content
        remarks[name] = document["remarks"]
    assert remarks == {"ZA": [], "ZB": ["1 ZIP file(s) can only be opened with a password"]}
