"""A scenario is understood wholly or refused with all its problems."""

import pytest

from bipro_sync.errors import ConfigurationError
from bipro_sync.sandbox.framing import Framing, Quirk
from bipro_sync.sandbox.loading import load
from bipro_sync.sandbox.words import Action, Operation, Prefixes


def problems(path):
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert caught.value.exit_code == 10
    return caught.value.problems


def test_the_least_scenario_has_the_documented_defaults(scenario):
    found = load(scenario(mailbox=""))
    assert found.shipments == ()
    assert found.account.attempts == 3
    assert found.sts.token_life == 600
    assert found.transfer.packing.framing is Framing.MTOM
    assert found.transfer.path == "/transfer/Service_2.6.1.1.0"


def test_a_shipment_takes_its_packing_from_the_habits_unless_it_has_its_own(scenario):
    found = load(
        scenario(
            '[transfer]\nprefixes = "t"\nquirks = ["latin-1"]\n',
            '[[shipment]]\nid = "A"\n[[shipment]]\nid = "B"\nframing = "inline"\nquirks = []\n',
        )
    )
    first, second = (shipment.packing for shipment in found.shipments)
    assert (first.prefixes, first.framing, first.quirks) == (Prefixes.T, Framing.MTOM, (Quirk.LATIN_1,))
    assert (second.prefixes, second.framing, second.quirks) == (Prefixes.T, Framing.INLINE, ())


def test_all_problems_are_told_at_once(scenario):
    found = problems(
        scenario(
            "surprise = 1\n[sts]\ntoken_life = true\nsurprise = 2\n"
            '[transfer]\nframing = "pigeon"\nquirks = ["no-start", "root-last", "curly"]\n'
            '[[misbehave]]\non = "login"\ndo = "vanish"\nrate = 3\n[[misbehave]]\n'
            '[http]\ntrailers = true\n[tgic]\nproof = "word"\n[x509]\nrefuse = "never"\n[hub]\nkey = "a"\n',
            '[[shipment]]\nid = ""\n[[shipment]]\nid = "A"\ntransfer_count = "one"\n[[shipment]]\nid = "A"\n'
            '[[shipment.transfer]]\ntype = "what:CT"\nfields = { "other:A" = "b", C = 1 }\n'
            '[[shipment.transfer.file]]\n[[shipment.transfer.file]]\ndocument = "none.pdf"\ntext = ""\n'
            '[[shipment.transfer.file]]\ndocument = "none.pdf"\n[[shipment.transfer.file]]\nbase64 = "?"\n',
            '[account]\nusername = "A"\n',
        )
    )
    text = "\n".join(found)
    for expected in [
        "[account]: password is missing",
        "[account]: unknown key surprise",
        "[sts]: token_life must be a number",
        "[sts]: unknown key surprise",
        "[http]: trailers come after chunks only",
        "[tgic]: proof must be one of password, certificate",
        "[x509]: refuse must be one of http, tls",
        "[hub]: unknown key key",
        "[transfer]: framing must be one of mtom, inline, inline-wrapped",
        "quirks must hold only",
        "root-last goes with neither",
        "misbehave 1: vanish does not go with login",
        "misbehave 1: vanish has no argument rate",
        "misbehave 2: do is missing",
        "misbehave 2: on is missing",
        "shipment 1: id must have 1 to 25 characters",
        "shipment 2: transfer_count must be a whole number",
        "2 shipments have the id A",
        "type must begin with one of the prefixes",
        "fields: other:A has none of the prefixes",
        "fields.C must be a string",
        "file 1: exactly one of document",
        "file 2: exactly one of document",
        "file 3: there is no document none.pdf",
        "file 4: base64 is not valid",
    ]:
        assert expected in text


@pytest.mark.parametrize("content", [b"no = toml = here", b"\xff\xfe", None])
def test_what_is_no_toml_file_is_refused(tmp_path, content):
    path = tmp_path / "broken.toml"
    if content is not None:
        path.write_bytes(content)
    assert len(problems(path)) == 1


def test_a_document_beside_the_scenario_goes_before_the_packages(scenario, tmp_path):
    (tmp_path / "brief.pdf").write_bytes(b"mine")
    files = [f'[[shipment.transfer.file]]\ndocument = "{name}"\n' for name in ("brief.pdf", "police.pdf")]
    found = load(scenario(mailbox='[[shipment]]\nid = "A"\n[[shipment.transfer]]\n' + "".join(files)))
    mine, packaged = (file.data for file in found.shipments[0].transfers[0].files)
    assert mine == b"mine"
    assert packaged.startswith(b"%PDF")


def test_every_action_can_be_written_for_some_operation(scenario):
    accepted = set()
    for action in Action:
        for operation in Operation:
            try:
                found = load(scenario(f'[[misbehave]]\non = "{operation}"\ndo = "{action}"\n', mailbox=""))
            except ConfigurationError:
                continue
            assert found.misbehaviours[0].do is action
            accepted.add(action)
    assert accepted == set(Action)


def test_an_epilogue_and_a_missing_last_line_break_exclude_each_other(scenario):
    (problem,) = problems(scenario('[transfer]\nquirks = ["epilogue", "no-last-crlf"]\n', mailbox=""))
    assert "epilogue goes not with no-last-crlf" in problem


def test_the_hub_stands_beside_the_transfer_service_unless_it_has_a_path(scenario):
    assert load(scenario('[transfer]\npath = "/a/b/Service"\n')).hub.path == "/a/b/login"
    assert load(scenario('[hub]\npath = "/hub"\n')).hub.path == "/hub"


def test_no_secret_shows_itself(scenario):
    text = repr(load(scenario('[hub]\napi_key = "geheimer-schluessel"\n[x509]\npassphrase = "geheim"\n')))
    assert "geheim" not in text
