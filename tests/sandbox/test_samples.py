"""The committed samples are what their generators make, and are what they claim to be."""

import runpy
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest


ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "bipro_sync" / "sandbox" / "documents"


def made_by(script):
    return runpy.run_path(str(ROOT / "samples" / script))["files"]()


@pytest.mark.parametrize(
    ("script", "folder"),
    [
        ("make_gdv.py", ROOT / "samples" / "gdv"),
        ("make_gdv.py", DOCUMENTS),
        ("make_gdv_parts.py", ROOT / "samples" / "gdv"),
        ("make_documents.py", DOCUMENTS),
        ("make_messages.py", ROOT / "samples" / "messages"),
    ],
)
def test_the_files_are_what_their_generator_makes(script, folder):
    made = made_by(script)
    assert made
    assert {name: (folder / name).read_bytes() for name in made} == made


def test_no_file_is_without_a_generator():
    documents = made_by("make_documents.py").keys() | made_by("make_gdv.py").keys()
    assert {path.name for path in DOCUMENTS.iterdir()} == documents
    files = made_by("make_gdv.py").keys() | made_by("make_gdv_parts.py").keys()
    assert {path.name for path in (ROOT / "samples" / "gdv").iterdir()} == files
    assert {path.name for path in (ROOT / "samples" / "messages").iterdir()} == made_by("make_messages.py").keys()


@pytest.mark.parametrize("name", ["portfolio", "changes", "claims", "commission"])
def test_the_gdv_files_hold_whole_records_and_right_control_values(name):
    data = (ROOT / "samples" / "gdv" / f"{name}.gdv").read_bytes()
    lines = data.split(b"\r\n")
    assert lines.pop() == b""
    assert {len(line) for line in lines} == {256}
    assert [line[:4] + line[255:] for line in lines[:3]] == [b"00011", b"00012", b"00013"]
    end = lines[-1]
    assert end[:4] == b"9999"
    body = lines[3:-1]
    assert int(end[4:14]) == len(body)

    def total(record_type, start, length):
        rows = [line for line in body if line[:4] == record_type and line[255:] in b"1"]
        return sum(int(line[start - 1 : start - 1 + length]) for line in rows)

    assert int(end[24:39]) == total(b"0200", 116, 12)
    assert int(end[39:53]) == total(b"0400", 139, 11)
    assert int(end[54:68]) == total(b"0400", 151, 11)
    assert int(end[69:83]) == total(b"0500", 140, 13)
    assert any(int(end[start:stop]) for start, stop in [(24, 39), (39, 53), (69, 83)])


def test_the_portfolio_has_four_lines_and_umlauts_in_latin_1():
    data = (ROOT / "samples" / "gdv" / "portfolio.gdv").read_bytes()
    lines = {line[10:13] for line in data.splitlines() if line[:4] == b"0210"}
    assert lines == {b"040", b"050", b"130", b"140"}
    assert "Änne".encode("latin-1") in data


def test_the_zip_holds_the_portfolio_under_a_name_with_umlauts():
    with zipfile.ZipFile(ROOT / "samples" / "gdv" / "portfolio.zip") as archive:
        assert archive.namelist() == ["bestand_äöü.gdv"]
        assert archive.read("bestand_äöü.gdv") == (ROOT / "samples" / "gdv" / "portfolio.gdv").read_bytes()


def test_every_xml_message_is_a_soap_envelope():
    found = sorted((ROOT / "samples" / "messages").glob("*.xml"))
    assert len(found) >= 15
    for path in found:
        assert ET.parse(path).getroot().tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("list_request.xml", "listShipments"),
        ("get_request.xml", "getShipment"),
        ("ack_request.xml", "acknowledgeShipment"),
    ],
)
def test_the_sample_requests_are_accepted_but_for_their_token(start, name, operation):
    client = start()
    request = (ROOT / "samples" / "messages" / name).read_bytes()
    assert client.post(client.transfer_path, request, f"urn:{operation}").codes() == ["00960", "00962"]
    client.login()
    request = request.replace(b"bipro:sample-0001", client.token.encode()).replace(b"SAMPLE-1", b"S-1")
    assert client.post(client.transfer_path, request, f"urn:{operation}").status_id() == "OK"


@pytest.mark.parametrize("name", ["sts_request.xml", "sts_request_2.1.xml", "sts_request_without_version.xml"])
def test_the_sample_logins_are_accepted_by_the_demos_insurer(start, name):
    client = start(account='[account]\nusername = "MAKLER-0815"\npassword = "erfunden & <geheim>"\n')
    request = (ROOT / "samples" / "messages" / name).read_bytes()
    assert client.post(client.sts_path, request, "urn:RequestSecurityToken").status == 200
