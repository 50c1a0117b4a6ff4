"""Makes the synthetic GDV files; it never reads one, and every person, number and amount in them is invented.

`python samples/make_gdv.py` writes `samples/gdv/` and the practice insurer's copies.  The result is the same
each time.  Positions are those of release 2023, counted from 1; text is ISO-8859-1, lines end in CRLF.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


HERE = Path(__file__).parent
TARGETS = (HERE / "gdv", HERE.parent / "bipro_sync" / "sandbox" / "documents")

WIDTH = 256
INSURER = "99999"
BROKER = "ERF-4711"
CREATED = "01032026"

VERSIONS = {
    96: "2.5",  # 0001
    99: "2.3",  # 0100
    102: "2.5",  # 0200
    105: "2.7",  # 0210.050
    108: "2.5",  # 0220.051
    123: "1.7",  # 0210.040
    126: "1.9",  # 0220.040
    141: "1.8",  # 0210.130
    144: "1.6",  # 0220.130
    153: "1.6",  # 0210.140
    156: "1.6",  # 0220.140
    213: "1.7",  # 0400
    222: "1.8",  # 0500
    225: "1.1",  # 9999
}


@dataclass(frozen=True, slots=True)
class Contract:
    """
    A contract of one person; the premium in cents a year.
    """

    number: str
    line: str
    name: str
    first_name: str
    postcode: str
    town: str
    street: str
    product: str
    premium: int
    status: str = "1"


CONTRACTS = (
    Contract(
        "H00000001",
        "040",
        "Erfunden",
        "Änne",
        "00001",
        "Üblingen an der Öse",
        "Musterstraße 1",
        "Haftung Größe M",
        8940,
    ),
    Contract("H00000002", "040", "Beispiel", "Jörg", "00002", "Beispielstadt", "Am Muster 2", "Haftung Größe L", 12900),
    Contract("K00000003", "050", "Probe", "Käthe", "00003", "Fürthgen", "Testweg 3", "Kraftfahrt Öko", 48275),
    Contract(
        "K00000004", "050", "Erfunden", "Änne", "00001", "Üblingen an der Öse", "Musterstraße 1", "Kraftfahrt", 61010
    ),
    Contract(
        "V00000005", "130", "Niemand", "Götz", "00005", "Großmusterhausen", "Äußere Zeile 5", "Hausrat Plus", 15525
    ),
    Contract("V00000006", "130", "Beispiel", "Jörg", "00002", "Beispielstadt", "Am Muster 2", "Hausrat", 9850, "4"),
    Contract(
        "W00000007", "140", "Niemand", "Götz", "00005", "Großmusterhausen", "Äußere Zeile 5", "Wohngebäude", 33080
    ),
)


def record(record_type: str, places: dict[int, str]) -> bytes:
    """
    Return one record: each text at its place, blanks elsewhere.
    """
    line = bytearray(b" " * WIDTH)
    for start, text in {1: record_type, **places}.items():
        data = text.encode("iso-8859-1")
        line[start - 1 : start - 1 + len(data)] = data
    if len(line) != WIDTH:
        raise ValueError(f"a record {record_type} is {len(line)} bytes long")
    return bytes(line)


def addressing(contract: Contract, line: str | None = None) -> dict[int, str]:
    """
    Return what every record of a contract begins with.
    """
    return {5: INSURER, 11: line or contract.line, 14: contract.number.rjust(17), 31: "01", 33: BROKER}


def header(period: tuple[str, str]) -> list[bytes]:
    """
    Return the three parts of the header record.
    """
    common = {5: INSURER, 10: "Practice Insurer (erfunden)", 40: "Makler Muster (erfunden)", 86: BROKER}
    common |= {70: "".join(period)}
    return [
        record("0001", {**common, **VERSIONS, 237: "1", 238: "2", 256: "1"}),
        record("0001", {**common, 256: "2"}),
        record("0001", {**common, 256: "3"}),
    ]


def trailer(records: int, *, premium: int = 0, gross: int = 0, commission: int = 0, paid: int = 0) -> bytes:
    """
    Return the trailer with its control values; amounts in cents.
    """
    return record(
        "9999",
        {
            5: f"{records:010}",
            15: BROKER,
            25: f"{premium:015}",
            40: f"{gross:014}+",
            55: f"{commission:014}+",
            70: f"{paid:014}+",
            85: f"{0:014}+",
        },
    )


def address(contract: Contract, number: int) -> bytes:
    """
    Return the policyholder's address.
    """
    return record(
        "0100",
        {
            **addressing(contract),
            43: "1",
            44: contract.name,
            104: contract.first_name,
            154: "D",
            157: contract.postcode,
            163: contract.town,
            188: contract.street,
            226: f"010119{50 + number:02}",
            237: "01",
            256: "1",
        },
    )


def general(contract: Contract) -> list[bytes]:
    """
    Return both parts of the general contract record.
    """
    gone = {70: "01", 72: "28022026"} if contract.status == "4" else {}
    first = {43: "1", 44: "01012024", 52: "01012027", 60: "01012027", 68: "1", 69: contract.status, **gone}
    first |= {98: "A", 99: "00000", 113: "EUR", 116: f"{contract.premium:012}", 247: "1", 256: "1"}
    second = {72: f"{contract.premium * 119 // 100:012}", 84: contract.number, 114: contract.product, 256: "2"}
    return [record("0200", addressing(contract) | first), record("0200", addressing(contract) | second)]


def specific(contract: Contract) -> list[bytes]:
    """
    Return the records of the contract's line of business: its own part and one risk.
    """
    own, premium = addressing(contract), f"{contract.premium:012}"
    dates = {44: "01012024", 60: "01032026"}
    match contract.line:
        case "040":
            sums = {68: "1", 69: "EUR", 72: "000010000"}
            return [
                record("0210", own | {43: "1", **dates, **sums, 127: "EUR", 154: premium, 195: contract.product}),
                record("0220", own | {43: "100000", 51: "1", 68: "EUR", 120: premium, 132: "1", 133: "000010000"}),
            ]
        case "050":
            plate = f"ÜÖ-XX {contract.number[-4:]}"
            car = {43: "112", 46: "0850", 50: "Musterwerke", 65: "Modell Größe M", 90: "0000", 94: "000", 114: plate}
            cover = {43: "01012024", 59: "01032026", 110: f"{contract.premium // 10:08}", 102: "SF5", 256: "1"}
            return [
                record("0210", own | car | {126: "01062020", 149: "EUR", 152: premium, 256: "1"}),
                record("0220", addressing(contract, "051") | cover),
            ]
        case "130":
            place = {78: "D", 81: contract.postcode, 87: contract.town, 112: contract.street}
            return [
                record(
                    "0210",
                    own
                    | {
                        43: "1",
                        **dates,
                        **place,
                        142: "EUR",
                        169: "000000065000",
                        181: premium,
                        208: "00088",
                        251: "1",
                    },
                ),
                record("0220", own | {43: "01012024", 67: "001", 76: "000000065000", 117: premium}),
            ]
        case _:
            place = {76: "D", 79: contract.postcode, 85: contract.town, 110: contract.street}
            return [
                record(
                    "0210",
                    own
                    | {43: "1", **dates, 68: "EUR", 95: "000000480000", 107: premium, 152: contract.product, 256: "1"},
                ),
                record("0220", own | {43: "0001", 47: "0001", 51: "1", 52: "01012024", 142: "1987", **place}),
            ]


def joined(records: Iterable[bytes]) -> bytes:
    """
    Return the records as a file.
    """
    return b"".join(each + b"\r\n" for each in records)


def portfolio(contracts: Iterable[Contract], period: tuple[str, str]) -> bytes:
    """
    Return a delivery of contracts.
    """
    chosen = list(contracts)
    body: list[bytes] = []
    for number, contract in enumerate(chosen):
        body += [address(contract, number), *general(contract), *specific(contract)]
    end = trailer(len(body), premium=sum(contract.premium for contract in chosen))
    return joined([*header(period), *body, end])


def claims() -> bytes:
    """
    Return a delivery of two claims of one contract, one of them paid.
    """
    amounts = (0, 123450)
    body = []
    for number, amount in enumerate(amounts, 1):
        facts = {43: f"S-2026-{number:04}".rjust(20), 63: "001", 66: "1", 67: "1", 68: CREATED, 102: "14022026"}
        money = {135: "EUR", 138: "01", 140: f"{amount:013}+", 154: f"{0:013}+", 169: f"{0:013}+"}
        body.append(record("0500", addressing(CONTRACTS[2]) | facts | money | {184: "1" if amount else "0", 256: "1"}))
    return joined([*header((CREATED, CREATED)), *body, trailer(len(body), paid=sum(amounts))])


def commission() -> bytes:
    """
    Return a settlement: one record a contract, nineteen per cent tax, ten per cent commission.
    """
    body = []
    gross = earned = 0
    for contract in CONTRACTS:
        tax, share = contract.premium * 19 // 100, contract.premium // 10
        gross += contract.premium + tax
        earned += share
        facts = {43: "1", 44: "10", 46: CREATED, 54: "01022026", 62: "28022026", 70: "1", 71: CREATED, 107: "EUR"}
        money = {110: f"{contract.premium:011}+", 122: f"{tax:011}+", 134: "0000+", 163: f"{0:011}+", 207: f"{0:011}+"}
        sums = {139: f"{contract.premium + tax:011}+", 151: f"{share:011}+", 249: "A", 250: "00000", 256: "1"}
        body.append(record("0400", addressing(contract) | facts | money | sums))
    return joined([*header(("01022026", "28022026")), *body, trailer(len(body), gross=gross, commission=earned)])


def zipped(name: str, data: bytes) -> bytes:
    """
    Return a ZIP file with one entry, stored as it is, so that it is the same everywhere.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo(name, (2026, 3, 1, 6, 0, 0))
        entry.create_system = 3
        archive.writestr(entry, data)
    return target.getvalue()


def files() -> dict[str, bytes]:
    """
    Return every file by name.
    """
    whole = portfolio(CONTRACTS, (CREATED, CREATED))
    changed = portfolio(CONTRACTS[2:3] + CONTRACTS[5:6], ("22022026", CREATED))
    return {
        "portfolio.gdv": whole,
        "changes.gdv": changed,
        "claims.gdv": claims(),
        "commission.gdv": commission(),
        "portfolio.zip": zipped("bestand_äöü.gdv", whole),
    }


def main() -> int:
    """
    Write all files.
    """
    for target in TARGETS:
        for name, data in files().items():
            (target / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
