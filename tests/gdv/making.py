"""Records and packets for the tests of what records say together."""

from bipro_sync.gdv import part, read
from samples.synthetic.delivery import joined, packet
from samples.synthetic.parts import record


INSURER = "99999"
POLICY = {"VuNr": INSURER, "VsNr": "V000000001", "FolgeNr": "01", "GeschaeftsstelleVermittler": "ERF-4711"}


def made(layout, number=1, **values):
    """One record of a part under the tests' policy number, unless the values say another."""
    of = part(layout, number)
    own = {key: value for key, value in POLICY.items() if key in of.by_key}
    assert values.keys() <= of.by_key.keys()
    return record(of, own | values)


def address(role="01", **values):
    return made("0100", **({"Adresskennzeichen": role, "Name1": "Erfunden", "Str": "Musterstraße 1"} | values))


def person(customer, number="1", **values):
    return made("0100", 2, PersonenKundenNrVersicherers=customer, LfdPersonenNrimGeVo=number.rjust(6, "0"), **values)


def general(line="040", **values):
    defaults = {"Vertragsstatus": "1", "GesbeitragNettoInWE": "100.00", "Vertragsbeginn": "2024-01-01"}
    return made("0200", Sparte=line, **(defaults | values))


def liability(**values):
    return made("0210.040", **({"GesbeitragInWE": "100.00"} | values))


def risk(kind="100000", order="01", part=1, **values):
    key = "OrdnungsNrWagniszusatz" if part == 1 else "OrdnungsNrWagnisTeil"
    return made("0220.040", part, Wagnisart=kind, **{key: order}, **values)


def contract(number="V000000001", **values):
    """An address, the general and the specific record, and a risk, in the line of liability."""
    return [
        address(VsNr=number),
        general(VsNr=number, **values),
        liability(VsNr=number),
        risk(VsNr=number),
    ]


def file_of(*records, **about):
    """The bytes of a packet with these records."""
    return joined(packet(records, **about))


def records_of(*records, **about):
    return list(read(file_of(*records, **about)))
