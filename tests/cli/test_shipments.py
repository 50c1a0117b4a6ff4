import unicodedata


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
    office.run("pull")

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
