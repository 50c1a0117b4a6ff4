import base64
import hashlib

import msgspec
import pytest

from bipro_sync.model.shipment import (
    Checksum,
    FetchedShipment,
    Field,
    ListedShipment,
    ReceivedFile,
    SpooledPart,
    Status,
    Transfer,
)
from bipro_sync.model.states import Failure
from bipro_sync.sync.judge import algorithm_of, checksum_fits, judge


PART = SpooledPart("part-1", 3, "0" * 64, b"abc")

BLANK = Field("Vorgangsnummer", " \n", "http://www.bipro.net/namespace/gevo")


def listed(shipment_id="A", **more):
    unknown = dict.fromkeys(
        ("category", "posted_at", "available_until", "delivery_type", "data_only", "periodic", "line", "transfer_count")
    )
    return ListedShipment(id=shipment_id, fields=(), **unknown | more)


def file(part=PART):
    link = None if part else "https://insurer.example/file"
    return ReceivedFile(part, 0, None, None, None, (), None, None, link)


FILES = (file(),)

TYPE = Field("@type", "tgevo:CT_GeVoTransfer", "http://www.w3.org/2001/XMLSchema-instance")


def fetched(said, *, brokers=("ERF-1",), files=FILES, transfers=None):
    fields = tuple(
        Field(f"Vermittler/Vermittlernummer{f'[{place}]' if place > 1 else ''}", each, "")
        for place, each in enumerate(brokers, start=1)
    )
    transfers = (Transfer(None, fields),) if transfers is None else transfers
    return FetchedShipment(Status(True, "OK", "", "", ()), said, transfers, tuple(files), (), PART, "0" * 64, 3)


def test_what_was_asked_for_and_announced_is_stored():
    assert judge(listed(), fetched(listed()), ()) is None
    said = listed(transfer_count=1, data_only=False)
    assert judge(said, fetched(said), ["ERF-1", "ERF-2"]) is None
    assert judge(listed(), fetched(listed(data_only=True), files=()), ()) is None
    assert judge(listed(), fetched(listed(), files=()), ()) is None, "nobody said that there would be files"
    for asked, said in ((True, None), (None, True), (True, True)):
        nothing = fetched(listed(data_only=said), files=(), transfers=())
        assert judge(listed(data_only=asked), nothing, ()) is None, "the insurer says itself that there is no file"


@pytest.mark.parametrize(
    ("asked", "answer", "failure"),
    [
        (listed("A"), fetched(listed("B")), Failure.OTHER_ID),
        (listed("A"), fetched(listed("a")), Failure.OTHER_ID),
        (listed(), fetched(listed(), brokers=["ERF-9"]), Failure.FOREIGN_BROKER),
        (listed(), fetched(listed(), brokers=["ERF-1", "ERF-9"]), Failure.FOREIGN_BROKER),
        (listed(transfer_count=2), fetched(listed()), Failure.WRONG_COUNT),
        (listed(), fetched(listed(transfer_count=0)), Failure.WRONG_COUNT),
        (listed(), fetched(listed(data_only=False), files=()), Failure.WRONG_COUNT),
        (listed(data_only=False), fetched(listed(), files=()), Failure.WRONG_COUNT),
        (listed(data_only=False), fetched(listed(data_only=True), files=()), Failure.WRONG_COUNT),
        (listed(data_only=True), fetched(listed(data_only=False), files=()), Failure.WRONG_COUNT),
        (listed(), fetched(listed(), files=(), transfers=()), Failure.WRONG_COUNT),
        (listed(), fetched(listed(), files=(), transfers=[Transfer("CT_GeVoTransfer", ())]), Failure.WRONG_COUNT),
        (listed(), fetched(listed(), files=(), transfers=[Transfer(None, (TYPE, BLANK))]), Failure.WRONG_COUNT),
        (listed(), fetched(listed(), files=[file(), file(None)]), Failure.LINK_ONLY),
    ],
)
def test_everything_else_is_an_objection_without_the_insurers_words(asked, answer, failure):
    objection = judge(asked, answer, ["ERF-1"])
    assert objection.failure is failure
    for word in ("ERF", "insurer.example"):
        assert word not in objection.reason


def test_what_announced_files_and_what_brought_nothing_are_told_apart():
    announced = judge(listed(data_only=False), fetched(listed(), files=(), transfers=()), ())
    assert announced.reason == "files are announced and none came"
    assert judge(listed(), fetched(listed(), files=(), transfers=()), ()).reason.startswith("neither files nor data")


def test_of_several_objections_the_gravest_comes_first():
    answer = fetched(listed("B", transfer_count=9), brokers=["ERF-9"], files=[file(None)])
    assert judge(listed("A"), answer, ["ERF-1"]).failure is Failure.OTHER_ID
    assert judge(listed("B"), answer, ["ERF-1"]).failure is Failure.FOREIGN_BROKER


def test_a_foreign_broker_number_is_found_beside_the_transfers_too():
    elsewhere = msgspec.structs.replace(
        listed(), fields=(Field("Huelle[2]/Vermittlernummer", " ERF-9 ", "urn:invented"),)
    )
    assert judge(listed(), fetched(elsewhere), ["ERF-1"]).failure is Failure.FOREIGN_BROKER
    assert judge(listed(), fetched(elsewhere), ["ERF-1", "ERF-9 "]) is None


@pytest.mark.parametrize(
    ("spelled", "algorithm"),
    [
        *[(each, "md5") for each in ("MD5", "md5", "Md5", " MD-5 ", "md_5")],
        *[(each, "sha1") for each in ("SHA1", "SHA-1", "sha1", "Sha 1", "SHA_1")],
        *[(each, None) for each in ("SHA256", "SHA-256", "CRC32", "", "MD", "SHA")],
    ],
)
def test_an_algorithm_is_known_however_it_is_spelled(spelled, algorithm):
    assert algorithm_of(Checksum(spelled, "")) == algorithm


@pytest.mark.parametrize("algorithm", ["md5", "sha1"])
def test_a_checksum_fits_in_hexadecimal_of_either_case_and_in_base64(algorithm):
    digest = hashlib.new(algorithm, b"abc")
    sent = [digest.hexdigest(), digest.hexdigest().upper(), f" {digest.hexdigest()}\n"]
    sent.append(base64.b64encode(digest.digest()).decode())
    for value in sent:
        assert checksum_fits(Checksum(algorithm, value), digest.hexdigest())
    for value in ("", "0" * 32, digest.hexdigest()[:-1], "no base64 either", "ä"):
        assert not checksum_fits(Checksum(algorithm, value), digest.hexdigest())
